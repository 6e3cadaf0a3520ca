using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Fml.Graph;
using Fml.Model;
using Fml.Native;

namespace Fml.Bench;

/// <summary>A face model with random codes at one scale, and the sizes by which <c>peer_torch.py</c> makes its own.</summary>
internal sealed class FaceScene : IDisposable
{
    private FaceScene(Device device, string name, string encoder, FaceTemplate template, TrainingOptions options)
    {
        (Name, Template, Options, Store) = (name, template, options, new ParameterStore(device));
        Graph = DeformationGraph.Build(template, options.Nodes);
        Bases = new FaceBases(Store, template, Graph, options.Separation, options.ShapeCodes, options.AlbedoCodes);
        Encoder = new Encoder(Store, options.Encoder, options.ImageSize, template, Bases.Sizes, new Random(1));
        Tables = new CodeTables(Store, Bases.Sizes, template.Expressions.Length, 1, 1);
        EncoderName = encoder;
    }

    public string Name { get; }

    public FaceTemplate Template { get; }

    public TrainingOptions Options { get; }

    public ParameterStore Store { get; }

    public DeformationGraph Graph { get; }

    public FaceBases Bases { get; }

    public Encoder Encoder { get; }

    public CodeTables Tables { get; }

    private string EncoderName { get; }

    /// <summary>Sizes that only show that everything runs.</summary>
    public static FaceScene Tiny(Device device) => new(
        device, "tiny", "small", ProceduralHead.Create(2_500), Recipes.Small(48) with { Nodes = 60, ShapeCodes = 6, AlbedoCodes = 4 });

    /// <summary>The demonstration's.</summary>
    public static FaceScene Demo(Device device) => new(device, "demo", "small", ProceduralHead.Create(6_700), Recipes.Small(96));

    /// <summary>The paper's: 60 000 vertices, 521 nodes, 500 + 500 codes, 80 expressions, 240 pixels.</summary>
    public static FaceScene Paper(Device device) =>
        new(device, "paper", "paper", WithExpressions(ProceduralHead.Create(60_000), 80), Recipes.Paper(240));

    /// <summary>Parameters that learn when everything does.</summary>
    public ImmutableArray<Node.Parameter> Free => [.. Encoder.Parameters, Bases.ShapeBasis, Bases.AlbedoBasis, Bases.MeanAlbedo];

    /// <summary>Sizes for the peer.</summary>
    public JsonObject Sizes(int people, int framesEach)
    {
        var constants = FaceGeometry.Whole(Template, Graph).Constants;
        return new JsonObject
        {
            ["encoder"] = EncoderName,
            ["image"] = Options.ImageSize,
            ["vertices"] = Template.VertexCount,
            ["triangles"] = Template.TriangleCount,
            ["edges"] = constants.EdgeCount,
            ["nodes"] = Graph.NodeCount,
            ["graphEdges"] = Graph.Edges.Length,
            ["bindings"] = (Graph.BindingNode.Length + Template.VertexCount - 1) / Template.VertexCount,
            ["rank"] = Bases.Nullspace.Rank,
            ["shape"] = Bases.Sizes.Shape,
            ["albedo"] = Bases.Sizes.Albedo,
            ["expressions"] = Template.Expressions.Length,
            ["strip"] = constants.JawCandidates.Shape[0] / LandmarkPoints.JawCount,
            ["people"] = people,
            ["framesEach"] = framesEach,
        };
    }

    /// <summary>Values of a batch: random pictures and landmarks, the default camera.</summary>
    public ImmutableDictionary<Node.Input, float[]> Values(BatchInputs inputs)
    {
        var random = new Random(2);
        var camera = Intrinsics.Default(Options.ImageSize);
        return ImmutableDictionary<Node.Input, float[]>.Empty
            .Add(inputs.Landmarks, [.. Enumerable.Range(0, (int)inputs.Landmarks.Shape.Count).Select(_ => Options.ImageSize * random.NextSingle())])
            .Add(inputs.Confidence, [.. Enumerable.Repeat(1f, (int)inputs.Confidence.Shape.Count)])
            .Add(inputs.Intrinsics, [.. Enumerable.Range(0, inputs.Frames.Shape[0]).SelectMany(_ => new[] { camera.Focal, camera.CenterX, camera.CenterY })]);
    }

    public void Dispose() => Store.Dispose();

    // The built-in head has fewer: the others are its own, each stronger in some places than in others.
    private static FaceTemplate WithExpressions(FaceTemplate template, int count)
    {
        var known = template.Expressions;
        return template with
        {
            Expressions =
            [
                .. Enumerable.Range(0, count).Select(i => i < known.Length
                    ? known[i]
                    : known[i % known.Length] with
                    {
                        Name = $"{known[i % known.Length].Name}.{i / known.Length}",
                        Offsets =
                        [
                            .. known[i % known.Length].Offsets.Select((offset, v) => offset * (1 + MathF.Cos(i * template.Positions[v].Y / 60))),
                        ],
                    }),
            ],
        };
    }
}
