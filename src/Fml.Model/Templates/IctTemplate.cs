using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Makes a face template of the packed ICT-FaceKit light model (MIT): scan-derived mean, artist-made expressions. What the model lacks is
/// added: a mean albedo, painted by rule, and the strips of the jaw landmarks.
/// </summary>
public static class IctTemplate
{
    private const int NoseTip = 30;

    /// <summary>Converts the model.</summary>
    /// <param name="path">The packed model, in centimetres.</param>
    /// <param name="region">How much of it to take.</param>
    /// <exception cref="FmlException">The file is missing, damaged, or no packed ICT model.</exception>
    public static FaceTemplate Import(string path, IctRegion region = IctRegion.Head)
    {
        var file = IctFile.Load(path, region);
        var landmarks = file.Landmarks; // all on the narrow face, whose numbering every region keeps
        var topology = MeshTopology.Build(file.Vertices.Length, file.Triangles);
        return new FaceTemplate
        {
            Name = $"ICT light, {Describe(region)}",
            Licence = $"Template geometry and expressions from ICT-FaceKit ({file.Text("source")}).\n{file.Text("license_text").Trim()}",
            Positions = file.Neutral,
            Triangles = file.Triangles,
            Albedo = IctPaint.Albedo(file.Neutral, file.Parts, [.. landmarks.Select(v => file.Neutral[v])]),
            TextureCoordinates = IctTexture.Coordinates(region, file.Neutral, file.Parts, file.TextureCoordinates),
            Expressions = Expressions(file),
            Landmarks = [.. landmarks.Select(SurfacePoint.AtVertex)],
            JawStrips = JawStrips.Build(file.Neutral.AsSpan(), topology, landmarks[..17], landmarks[NoseTip]),
            EvaluationRegion = [.. Enumerable.Range(0, IctFile.EvaluatedCount)],
        };
    }

    /// <summary>
    /// ARKit's expressions: left and right spelled out, the halves of <c>browInnerUp</c> and <c>cheekPuff</c> joined as ARKit has them,
    /// pupils and the near-double of <c>cheekSquint</c> left out.
    /// </summary>
    private static ImmutableArray<Blendshape> Expressions(IctFile file)
    {
        var names = file.ExpressionNames;
        var offsets = file.Displacements("expression");
        if (names.Length != offsets.Length)
            throw new FmlException($"The ICT model names {names.Length} expressions but holds {offsets.Length}; pack it again.");
        return
        [
            .. names.Zip(offsets)
                .Where(e => !e.First.StartsWith("PupilDilate") && !e.First.StartsWith("cheekRaiser"))
                .GroupBy(e => ArkitName(e.First))
                .Select(group => new Blendshape(
                    group.Key,
                    [.. group.Select(e => e.Second).Aggregate((a, b) => [.. a.Zip(b, Vector3.Add)])],
                    Deviation: group.Key == "mouthClose" ? 0.05f : 0.2f)), // a corrective that goes with jawOpen
        ];
    }

    private static string ArkitName(string name) => name switch
    {
        "browInnerUp_L" or "browInnerUp_R" => "browInnerUp",
        "cheekPuff_L" or "cheekPuff_R" => "cheekPuff",
        _ when name.EndsWith("_L") => name[..^2] + "Left",
        _ when name.EndsWith("_R") => name[..^2] + "Right",
        _ => name,
    };

    private static string Describe(IctRegion region) => region switch
    {
        IctRegion.NarrowFace => "narrow face",
        IctRegion.Face => "face",
        _ => "head",
    };
}
