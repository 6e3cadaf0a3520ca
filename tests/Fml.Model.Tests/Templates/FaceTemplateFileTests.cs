using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class FaceTemplateFileTests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.safetensors");

    private static readonly FaceTemplate Template = Faces.WithExpressions(TestMeshes.Sphere(60, 2), 3) with
    {
        Name = "a face",
        Licence = "MIT\nsomebody's",
        Landmarks = [.. Enumerable.Range(0, 68).Select(i => new SurfacePoint(i, i + 1, i + 2, 0.5f, 0.25f, 0.25f))],
        JawStrips = [.. Enumerable.Range(0, 17).Select(i => Enumerable.Range(i, 1 + i % 3).ToImmutableArray())],
        EvaluationRegion = [5, 6, 9],
    };

    public void Dispose() => File.Delete(path);

    [Fact]
    public void What_is_saved_is_loaded()
    {
        FaceTemplateFile.Save(Template, path);
        var loaded = FaceTemplateFile.Load(path);

        Assert.Equal((Template.Name, Template.Licence), (loaded.Name, loaded.Licence));
        Assert.Equal(Template.Positions, loaded.Positions);
        Assert.Equal(Template.Triangles, loaded.Triangles);
        Assert.Equal(Template.Albedo, loaded.Albedo);
        Assert.Equal(Template.TextureCoordinates, loaded.TextureCoordinates);
        Assert.Equal(Template.Landmarks, loaded.Landmarks);
        Assert.Equal(Template.EvaluationRegion, loaded.EvaluationRegion);
        Assert.Equal(Template.JawStrips.SelectMany(s => s.Prepend(-1)), loaded.JawStrips.SelectMany(s => s.Prepend(-1)));
        foreach (var (expected, actual) in Template.Expressions.Zip(loaded.Expressions))
        {
            Assert.Equal(expected with { Offsets = [] }, actual with { Offsets = [] });
            Assert.Equal(expected.Offsets, actual.Offsets);
        }
        Assert.Equal(FaceTemplateFile.Fingerprint(Template), FaceTemplateFile.Fingerprint(loaded));
    }

    [Fact]
    public void The_fingerprint_tells_templates_apart_by_what_matters()
    {
        var fingerprint = FaceTemplateFile.Fingerprint(Template);
        Assert.Equal(fingerprint, FaceTemplateFile.Fingerprint(Template with { Name = "another name" }));
        Assert.NotEqual(fingerprint, FaceTemplateFile.Fingerprint(
            Template with { Positions = Template.Positions.SetItem(3, Vector3.One) }));
        Assert.NotEqual(fingerprint, FaceTemplateFile.Fingerprint(
            Template with { Expressions = Template.Expressions.SetItem(0, Template.Expressions[0] with { Name = "other" }) }));
    }

    public static TheoryData<string, string> Faults => new()
    {
        { "triangles", "vertex 162" },
        { "landmark_vertices", "vertex 162" },
        { "jaw_strip_start", "17 strips" },
        { "evaluation_region", "empty" },
        { "positions", "not finite" },
        { "albedo", "albedo" },
        { "expressions", "expressions" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void A_file_whose_parts_do_not_fit_says_which(string tensor, string message)
    {
        var file = FaceTemplateFile.Pack(Template);
        var broken = tensor switch
        {
            "triangles" => HostTensor.Of([0, 1, 162], 1, 3),
            "landmark_vertices" => HostTensor.Of([.. Enumerable.Repeat(162, 204)], 68, 3),
            "jaw_strip_start" => HostTensor.Of(new int[18], 18),
            "evaluation_region" => HostTensor.Of(Array.Empty<int>(), 0),
            "positions" => HostTensor.Of([.. Enumerable.Repeat(float.NaN, 162 * 3)], 162, 3),
            "albedo" => HostTensor.Of([.. Enumerable.Repeat(0.5f, 12)], 4, 3),
            _ => HostTensor.Of([.. Enumerable.Repeat(0.5f, 162 * 3)], 1, 162, 3),
        };
        (file with { Tensors = file.Tensors.SetItem(tensor, broken) }).Save(path);

        var error = Assert.Throws<FmlException>(() => FaceTemplateFile.Load(path));
        Assert.Contains(message, error.Message);
        Assert.Contains(path, error.Message);
    }

    [Fact]
    public void Another_safetensors_file_a_cut_one_and_none_are_refused_in_one_sentence()
    {
        Assert.Throws<FmlException>(() => FaceTemplateFile.Load(path));
        new SafetensorsFile(ImmutableDictionary<string, string>.Empty, ImmutableDictionary<string, HostTensor>.Empty).Save(path);
        Assert.Contains("no face template", Assert.Throws<FmlException>(() => FaceTemplateFile.Load(path)).Message);
        FaceTemplateFile.Save(Template, path);
        using (var stream = File.OpenWrite(path)) stream.SetLength(stream.Length / 2);
        Assert.Throws<FmlException>(() => FaceTemplateFile.Load(path));
    }
}
