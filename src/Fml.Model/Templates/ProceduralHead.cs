using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// The built-in head: a human head made in code at any resolution, with expressions, landmarks and colours. Needs no file; symmetric; the
/// same count always gives the same head. The lips are a slit (a hole whose rims touch), the eyes are part of the closed surface.
/// </summary>
public static class ProceduralHead
{
    /// <summary>Least number of vertices.</summary>
    public const int MinimumVertices = 2_500;

    /// <summary>Greatest number of vertices.</summary>
    public const int MaximumVertices = 60_000;

    private static readonly ConcurrentDictionary<int, Lazy<Head>> Heads = new();

    /// <summary>Makes the head.</summary>
    /// <param name="vertexCount">Wanted number of vertices, 2 500 to 60 000; the actual one lies within one in a hundred.</param>
    /// <returns>The template; its name carries the wanted count.</returns>
    /// <exception cref="FmlException">The count is out of range.</exception>
    public static FaceTemplate Create(int vertexCount = 6_700) => Get(vertexCount).Template;

    /// <summary>A head of other proportions on the same mesh: vertex i is the same place on every one.</summary>
    /// <param name="proportions">How the head differs from the mean; all zeros give the template's positions exactly.</param>
    /// <param name="vertexCount">As given to <see cref="Create"/>.</param>
    /// <returns>Neutral positions, [V], mm, in the template's frame.</returns>
    /// <exception cref="FmlException">The count is out of range.</exception>
    public static Vector3[] Shape(HeadProportions proportions, int vertexCount = 6_700)
    {
        var head = Get(vertexCount);
        return [.. head.Template.Positions.Zip(head.Sites, (mean, site) => mean + proportions.OffsetAt(site))];
    }

    private sealed record Head(FaceTemplate Template, HeadSite[] Sites);

    private static Head Get(int vertexCount)
    {
        if (vertexCount is < MinimumVertices or > MaximumVertices)
            throw new FmlException(
                $"The built-in head can have {MinimumVertices} to {MaximumVertices} vertices, not {vertexCount}; choose a number between.");
        return Heads.GetOrAdd(vertexCount, count => new(() => Make(count))).Value;
    }

    private static Head Make(int vertexCount)
    {
        var layout = HeadLayout.Of(vertexCount);
        var sites = Array.ConvertAll(layout.Chart, p => HeadFeatures.At(p.U, p.V));
        ImmutableArray<int> region = [.. Enumerable.Range(0, sites.Length).Where(i => HeadLandmarks.Evaluated(sites[i]))];
        var centre = region.Aggregate(Vector3.Zero, (sum, i) => sum + sites[i].Position) / region.Length;
        centre.X = 0;
        var landmarks = new SurfacePoint[68];
        foreach (var (index, u, v) in HeadLandmarks.Charted())
        {
            var point = HeadLandmarks.Find(layout, u, v);
            landmarks[index] = point;
            int other = HeadLandmarks.Mirror(index);
            if (other != index)
                landmarks[other] = point with { A = layout.Mirror[point.A], B = layout.Mirror[point.B], C = layout.Mirror[point.C] };
        }
        var left = Enumerable.Range(0, 9).Select(i => HeadLandmarks.Along(layout, HeadLandmarks.Strip(i))).ToArray();
        var template = new FaceTemplate
        {
            Name = $"built-in head {vertexCount}",
            Licence = "MIT, made in code by FmlNative",
            Positions = [.. sites.Select(s => s.Position - centre)],
            Triangles = [.. layout.Triangles],
            Albedo = [.. sites.Select(s => HeadAlbedo.At(s))],
            TextureCoordinates = [.. layout.Chart.Select(p => new Vector2((float)(0.5 + 0.5 * p.U), (float)(0.5 - 0.5 * p.V)))],
            Expressions = HeadExpressions.Of(sites, layout.Mirror),
            Landmarks = [.. landmarks],
            JawStrips = [.. left.Skip(1).Reverse().Select(strip => strip.Select(i => layout.Mirror[i]).ToImmutableArray()), .. left],
            EvaluationRegion = region,
        };
        return new(template, sites);
    }
}
