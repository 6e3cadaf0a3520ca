using System.Numerics;
using Fml.Native;

namespace Fml.Model.Tests;

public class IctTemplateTests
{
    private static readonly Lazy<FaceTemplate> Narrow = new(() => IctTemplate.Import(Model, IctRegion.NarrowFace));

    private static string Model => TestData.Find("ict/ict_face.safetensors");

    [Theory]
    [InlineData(IctRegion.NarrowFace, 6706, 1)]
    [InlineData(IctRegion.Face, 13055, 3)]
    [InlineData(IctRegion.Head, 15662, 3)]
    public void A_region_becomes_a_sound_template_in_millimetres(IctRegion region, int vertices, int pieces)
    {
        var template = IctTemplate.Import(Model, region);
        var positions = template.Positions.AsSpan();

        Assert.Equal(vertices, template.VertexCount);
        Assert.Equal(pieces, MeshTopology.Build(vertices, template.Triangles).ComponentCount); // the rest and two eyes
        var sum = template.EvaluationRegion.Aggregate(Vector3.Zero, (s, v) => s + template.Positions[v]);
        Assert.True((sum / template.EvaluationRegion.Length).Length() <= 0.01);
        var faceHeight = template.Landmarks[27].On(positions).Y - template.Landmarks[8].On(positions).Y;
        Assert.InRange(faceHeight, 90, 130); // from the root of the nose to the chin
        Assert.All(template.TextureCoordinates, uv => Assert.True(uv.X >= 0 && uv.X <= 1 && uv.Y >= 0 && uv.Y <= 1));
        Assert.All(template.Albedo, c => Assert.True(c.X > 0 && c.X < 1 && c.Y > 0 && c.Y < 1 && c.Z > 0 && c.Z < 1));
        Assert.Contains("Permission is hereby granted", template.Licence);
        Assert.Equal(68, template.Landmarks.Length);
    }

    [Fact]
    public void Expressions_have_ARKits_names_and_left_is_the_subjects_left()
    {
        var template = Narrow.Value;
        Assert.Equal(51, template.Expressions.Select(e => e.Name).Distinct().Count());
        Assert.Equal(51, template.Expressions.Length);
        Assert.DoesNotContain(template.Expressions, e => e.Name.Contains('_'));
        foreach (var name in new[] { "jawOpen", "browInnerUp", "cheekPuff", "eyeBlinkLeft", "mouthSmileRight", "noseSneerLeft" })
            Assert.Contains(template.Expressions, e => e.Name == name);

        foreach (var expression in template.Expressions.Where(e => e.Name.EndsWith("Left") && e.Name.Length > 10))
        {
            var (left, right) = (0.0, 0.0);
            for (var i = 0; i < template.VertexCount; i++)
                if (template.Positions[i].X > 0) left += expression.Offsets[i].LengthSquared();
                else right += expression.Offsets[i].LengthSquared();
            Assert.True(left > right, expression.Name);
        }
        var jaw = template.Expressions.Single(e => e.Name == "jawOpen");
        Assert.True(jaw.Offsets[template.Landmarks[8].A].Y < -10);
    }

    [Fact]
    public void Jaw_strips_reach_across_the_jaw_and_mirror_each_other()
    {
        var template = IctTemplate.Import(Model, IctRegion.Head);
        var positions = template.Positions;
        for (var k = 0; k < 17; k++)
        {
            var (strip, landmark) = (template.JawStrips[k], template.Landmarks[k].A);
            Assert.Contains(landmark, strip);
            Assert.True(strip.Length >= 8, $"strip {k} has {strip.Length} vertices");
            Assert.All(strip, v => Assert.True(Vector3.Distance(positions[v], positions[landmark]) <= 45));
            var mirrored = template.JawStrips[16 - k].Select(v => positions[v] with { X = -positions[v].X });
            Assert.All(mirrored, m => Assert.True(strip.Min(v => Vector3.Distance(positions[v], m)) <= 6));
        }
    }

    [Fact]
    public void Lips_bind_to_each_other_only_near_the_corners_of_the_mouth()
    {
        var template = Narrow.Value;
        var graph = DeformationGraph.Build(template, 150);
        var jaw = template.Expressions.Single(e => e.Name == "jawOpen").Offsets;
        var (upper, lower) = (template.Landmarks[62].A, template.Landmarks[66].A);
        Assert.True(jaw[lower].Length() > 30 && jaw[upper].Length() < 4);
        Assert.All(Bound(lower), n => Assert.True(jaw[graph.Nodes[n]].Length() > 10)); // a corner's moves by 12
        Assert.All(Bound(upper), n => Assert.True(jaw[graph.Nodes[n]].Length() < 15));

        int[] Bound(int v) => [.. graph.BindingNode[graph.BindingStart[v]..graph.BindingStart[v + 1]]];
    }

    [Fact]
    public void Identity_modes_fit_the_template_vertex_by_vertex()
    {
        var identities = IctIdentities.Load(Model, IctRegion.NarrowFace);
        var template = Narrow.Value;
        Assert.Equal((100, 6706), (identities.Count, identities.VertexCount));
        Assert.Equal(template.Positions, identities.Neutral([]));

        var moved = identities.Neutral([0, 2]);
        for (var i = 0; i < moved.Length; i++)
            Assert.True(Vector3.Distance(moved[i], template.Positions[i] + 2 * identities[1][i]) <= 1e-4);
        var energy = Enumerable.Range(0, 100).Sum(m => identities[m].ToArray().Average(d => (double)d.LengthSquared()));
        Assert.InRange(Math.Sqrt(energy), 4, 8); // the model's people differ from its mean by about 6 mm
        Assert.Throws<FmlException>(() => identities.Neutral(new float[101]));
    }

    [Fact]
    public void The_floor_of_hard_separation_is_far_above_the_graphs_and_soft_separation_brings_it_back()
    {
        var template = Narrow.Value;
        var graph = DeformationGraph.Build(template, 100);
        var identities = IctIdentities.Load(Model, IctRegion.NarrowFace);
        var random = new Random(17);
        Vector3[][] people = [.. Enumerable.Range(0, 4).Select(_ => identities.Neutral(Gaussian(random, 100)))];

        double Floor(SeparationMode mode) => people.Average(p =>
            ShapeSpace.Allowed(template, graph, Nullspace.Build(template, graph, mode)).Floor(template, p).Rigid.Mean);
        var region = template.EvaluationRegion;
        var mean = people.Average(p => GeometryError.Between(template.Positions.AsSpan(), p, region.AsSpan()).Rigid.Mean);

        Assert.True(Floor(SeparationMode.Off) <= 0.25 * mean);
        Assert.True(Floor(SeparationMode.Soft) <= 0.35 * mean);
        Assert.True(Floor(SeparationMode.Graph) >= 1.5 * Floor(SeparationMode.Off));
        Assert.True(Floor(SeparationMode.Mesh) >= Floor(SeparationMode.Graph));
    }

    [Fact]
    public void A_file_that_is_no_ICT_model_says_so()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.safetensors");
        FaceTemplateFile.Save(TestMeshes.Grid(3, 3).AsTemplate(), path);
        try
        {
            Assert.Contains("no packed ICT", Assert.Throws<FmlException>(() => IctTemplate.Import(path)).Message);
        }
        finally
        {
            File.Delete(path);
        }
        Assert.Throws<FmlException>(() => IctTemplate.Import(path));
    }

    internal static float[] Gaussian(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
}
