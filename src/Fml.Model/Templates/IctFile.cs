using System.Collections.Immutable;
using System.Numerics;
using System.Text.Json;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>The packed ICT model as it lies in its file, and which of its vertices a region takes. Its unit is the centimetre.</summary>
internal sealed class IctFile
{
    private const float MillimetresPerCentimetre = 10;

    private static readonly Range NarrowFace = 0..6706;
    private static readonly Range Face = 0..9409;
    private static readonly Range HeadAndNeck = 9409..11248;
    private static readonly Range MouthSocket = 11248..13294;
    private static readonly Range EyeSockets = 13294..14062;
    private static readonly Range LeftEye = 22221..23021; // without the clear shell in front, which would hide the iris
    private static readonly Range RightEye = 23791..24591;
    private const int VertexCount = 26719;

    private readonly SafetensorsFile file;

    private IctFile(SafetensorsFile file, IctRegion region)
    {
        this.file = file;
        Vertices = [.. Ranges(region).SelectMany(range => Enumerable.Range(range.Start.Value, range.End.Value - range.Start.Value))];
        var neutral = file.Get<float>("neutral", VertexCount, 3).To<float>();
        var centroid = Enumerable.Range(0, EvaluatedCount).Aggregate(Vector3.Zero, (sum, i) => sum + At(neutral, i)) / EvaluatedCount;
        Neutral = [.. Vertices.Select(i => At(neutral, i) - centroid)];
    }

    /// <summary>
    /// Vertices of the file that the region takes, ascending; the first 6 706 are the narrow face, the region of evaluation.
    /// </summary>
    public ImmutableArray<int> Vertices { get; }

    /// <summary>[V], mm, about the centroid of the narrow face.</summary>
    public ImmutableArray<Vector3> Neutral { get; }

    /// <summary>Number of vertices of the narrow face, which come first.</summary>
    public static int EvaluatedCount => NarrowFace.End.Value;

    public static IctFile Load(string path, IctRegion region)
    {
        var file = SafetensorsFile.Load(path);
        if (!file.Metadata.ContainsKey("expression_names") || !file.Tensors.ContainsKey("identity"))
            throw new FmlException($"{path} is no packed ICT face model: it has no identity modes or expression names.");
        if (file.Metadata.GetValueOrDefault("units", "centimetre") is not "centimetre" and var unit)
            throw new FmlException($"{path} is in the unit '{unit}', but the ICT model is expected in centimetres.");
        return new IctFile(file, region);
    }

    public string Text(string name) => file.Text(name);

    public string[] ExpressionNames => JsonSerializer.Deserialize<string[]>(file.Text("expression_names")) ?? [];

    public int[] Landmarks => file.Get<int>("landmarks68", 68).To<int>();

    /// <summary>Texture coordinates of the region's vertices as they are: tiles in the integer part of u, v upwards.</summary>
    public Vector2[] TextureCoordinates
    {
        get
        {
            var uv = file.Get<float>("vertex_uv", VertexCount, 2).To<float>();
            return [.. Vertices.Select(i => new Vector2(uv[2 * i], uv[2 * i + 1]))];
        }
    }

    /// <summary>Which part of the face each of the region's vertices belongs to.</summary>
    public ImmutableArray<IctPart> Parts => [.. Vertices.Select(i =>
        i < Face.End.Value ? IctPart.Face
        : i < HeadAndNeck.End.Value ? IctPart.HeadAndNeck
        : i < MouthSocket.End.Value ? IctPart.MouthSocket
        : i < EyeSockets.End.Value ? IctPart.EyeSocket
        : i < LeftEye.End.Value ? IctPart.LeftEye : IctPart.RightEye)];

    /// <summary>Triangles all of whose corners the region takes, in the region's numbering.</summary>
    public ImmutableArray<int> Triangles
    {
        get
        {
            var place = new int[VertexCount];
            place.AsSpan().Fill(-1);
            for (var i = 0; i < Vertices.Length; i++) place[Vertices[i]] = i;
            var all = file.Get<int>("triangles", -1, 3).To<int>();
            var kept = ImmutableArray.CreateBuilder<int>();
            for (var t = 0; t < all.Length; t += 3)
                if (place[all[t]] >= 0 && place[all[t + 1]] >= 0 && place[all[t + 2]] >= 0)
                    kept.AddRange(place[all[t]], place[all[t + 1]], place[all[t + 2]]);
            return kept.ToImmutable();
        }
    }

    /// <summary>Displacements of the region's vertices of one row of "expression" or "identity", mm.</summary>
    public Vector3[][] Displacements(string tensor)
    {
        var stored = file.Get<float>(tensor, -1, VertexCount, 3);
        var values = stored.AsSpan<float>();
        var rows = new Vector3[stored.Dimensions[0]][];
        for (var row = 0; row < rows.Length; row++)
        {
            rows[row] = new Vector3[Vertices.Length];
            var one = values.Slice(row * VertexCount * 3, VertexCount * 3);
            for (var i = 0; i < Vertices.Length; i++) rows[row][i] = At(one, Vertices[i]);
        }
        return rows;
    }

    private static Range[] Ranges(IctRegion region) => region switch
    {
        IctRegion.NarrowFace => [NarrowFace],
        IctRegion.Face => [Face, MouthSocket, LeftEye, RightEye],
        IctRegion.Head => [Face, HeadAndNeck, MouthSocket, EyeSockets, LeftEye, RightEye],
        _ => throw new ArgumentOutOfRangeException(nameof(region), region, "unknown region"),
    };

    private static Vector3 At(ReadOnlySpan<float> values, int i) =>
        new Vector3(values[3 * i], values[3 * i + 1], values[3 * i + 2]) * MillimetresPerCentimetre;
}

/// <summary>Parts of the ICT model that templates take.</summary>
internal enum IctPart
{
    Face,
    HeadAndNeck,
    MouthSocket,
    EyeSocket,
    LeftEye,
    RightEye,
}
