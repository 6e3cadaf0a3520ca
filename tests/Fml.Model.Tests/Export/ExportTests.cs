using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Fml.Native;
using SharpGLTF.Schema2;
using SharpGLTF.Validation;
using SkiaSharp;

namespace Fml.Model.Tests;

public sealed class ExportTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fml-export-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(GltfAlbedo.Texture)]
    [InlineData(GltfAlbedo.VertexColours)]
    public void A_glb_passes_strict_validation_and_holds_the_face_in_metres(GltfAlbedo albedo)
    {
        var face = SampleReconstruction.Create();
        var root = Glb(face, albedo);
        var primitive = root.LogicalMeshes.Single().Primitives.Single();
        var positions = primitive.GetVertexAccessor("POSITION").AsVector3Array();
        Assert.Equal(face.Neutral.Length, positions.Count);
        for (var i = 0; i < positions.Count; i++)
            Assert.True(Vector3.Distance(face.Neutral[i] / 1000, positions[i]) <= 1e-6f);
        Assert.Equal(face.Template.Triangles, primitive.GetIndices().Select(i => (int)i));
        foreach (var normal in primitive.GetVertexAccessor("NORMAL").AsVector3Array())
            Assert.True(normal.Z > 0.2f && MathF.Abs(normal.Length() - 1) <= 1e-5f);
    }

    [Fact]
    public void Expressions_are_named_morph_targets_with_their_displacements()
    {
        var face = SampleReconstruction.Create();
        var mesh = Glb(face).LogicalMeshes.Single();
        Assert.Equal(["jawOpen", "mouthSmileLeft"], mesh.Extras!["targetNames"]!.AsArray().Select(n => n!.GetValue<string>()));
        Assert.Equal([0f, 0f], mesh.GetMorphWeights());
        Assert.Equal(2, mesh.Primitives[0].MorphTargetsCount);
        var offsets = mesh.Primitives[0].GetMorphTargetAccessors(0)["POSITION"].AsVector3Array();
        for (var i = 0; i < offsets.Count; i++)
            Assert.True(Vector3.Distance(face.Template.Expressions[0].Offsets[i] / 1000, offsets[i]) <= 1e-7f);
    }

    [Fact]
    public void Several_frames_become_an_animation_of_weights_and_pose_and_one_frame_does_not()
    {
        var face = SampleReconstruction.Create(frames: 3);
        var root = Glb(face);
        var head = root.LogicalNodes.Single(n => n.Mesh is not null);
        var animation = root.LogicalAnimations.Single();
        var weights = animation.FindMorphChannel(head).GetMorphSampler().GetLinearKeys().ToArray();
        Assert.Equal(3, weights.Length);
        Assert.Equal([0.5f, 0.1f], weights[2].Value);
        Assert.Equal(0.08f, weights[2].Key, 1e-6f);
        var rotation = animation.FindRotationChannel(head).GetRotationSampler().GetLinearKeys().ElementAt(1).Value;
        var turned = Vector3.Transform(Vector3.UnitZ, rotation);
        Assert.True(Vector3.Distance(Vector3.UnitX, turned) <= 1e-6f); // a quarter turn about +y brings +z to +x
        var moved = animation.FindTranslationChannel(head).GetTranslationSampler().GetLinearKeys().ElementAt(1).Value;
        Assert.True(Vector3.Distance(new Vector3(0.01f, 0.02f, -1.001f), moved) <= 1e-6f);
        Assert.Empty(Glb(SampleReconstruction.Create(frames: 1)).LogicalAnimations);
        Assert.Empty(Glb(SampleReconstruction.Create(frames: 0)).LogicalAnimations);
    }

    [Fact]
    public void Vertex_colours_are_linear_and_the_texture_is_srgb()
    {
        var face = SampleReconstruction.Create();
        var half = Enumerable.Range(0, face.Albedo.Length).First(i => face.Albedo[i] == new Vector3(0.5f, 0.5f, 0.5f));
        var colours = Glb(face, GltfAlbedo.VertexColours).LogicalMeshes[0].Primitives[0].GetVertexAccessor("COLOR_0").AsColorArray();
        Assert.Equal(0.21404f, colours[half].X, 1e-4f);

        var root = Glb(face);
        Assert.Null(root.LogicalMeshes[0].Primitives[0].GetVertexAccessor("COLOR_0"));
        using var texture = SKBitmap.Decode(root.LogicalImages.Single().Content.Content.ToArray());
        var uv = face.Template.TextureCoordinates[half];
        var texel = texture.GetPixel((int)(uv.X * texture.Width), (int)(uv.Y * texture.Height));
        Assert.InRange(texel.Red, 126, 129);
        Assert.Equal(255, texture.GetPixel(texture.Width - 1, 0).Red); // the corner x = y = 1, v downwards
        Assert.Equal(255, texture.GetPixel(texture.Width - 1, 0).Green);
        Assert.InRange(texture.GetPixel(texture.Width - 1, texture.Height - 1).Green, 0, 1);
    }

    [Fact]
    public void A_triangle_across_a_seam_of_the_texture_takes_one_colour_instead_of_what_lies_between()
    {
        // The last row of vertices gets a chart of its own, far away in the texture.
        var face = SampleReconstruction.Create();
        var last = SampleReconstruction.Side * (SampleReconstruction.Side - 1);
        var apart = face.Template.TextureCoordinates.Select((uv, i) => i < last ? uv * 0.4f : new Vector2(uv.X * 0.4f, 0.95f));
        face = face with { Template = face.Template with { TextureCoordinates = [.. apart] } };
        var corners = TextureCorners.Of(face.Template);
        var torn = Enumerable.Range(0, corners.Length / 3).Where(t => corners[3 * t] == corners[3 * t + 1]).ToArray();
        Assert.Equal(2 * (SampleReconstruction.Side - 1), torn.Length);

        var primitive = Glb(face).LogicalMeshes[0].Primitives[0];
        var positions = primitive.GetVertexAccessor("POSITION").AsVector3Array();
        var coordinates = primitive.GetVertexAccessor("TEXCOORD_0").AsVector2Array();
        Assert.True(positions.Count > face.Neutral.Length);
        var indices = primitive.GetIndices().ToArray();
        for (var i = 0; i < indices.Length; i++)
            Assert.True(Vector3.Distance(face.Neutral[face.Template.Triangles[i]] / 1000, positions[(int)indices[i]]) <= 1e-6f);
        foreach (var t in torn) Assert.Equal(coordinates[(int)indices[3 * t]], coordinates[(int)indices[3 * t + 1]]);
        Assert.Equal(SampleReconstruction.Template().Triangles, TextureCorners.Of(SampleReconstruction.Template()));
    }

    [Fact]
    public void A_linear_model_is_exported_in_the_same_colours()
    {
        var face = SampleReconstruction.Create();
        var linear = face with { ColourSpace = "linear", Albedo = [.. face.Albedo.Select(ColourSpaces.SrgbToLinear)] };
        foreach (var (back, original) in ColourSpaces.SrgbAlbedo(linear).Zip(face.Albedo))
            Assert.True(Vector3.Distance(back, original) <= 1e-5f);
    }

    [Fact]
    public void An_obj_reads_back_in_millimetres_beside_its_material_and_texture()
    {
        var face = SampleReconstruction.Create();
        var path = Path.Combine(folder, "face.obj");
        ObjFile.Write(path, face);
        var lines = File.ReadAllLines(path).Select(line => line.Split(' ')).ToLookup(words => words[0], words => words[1..]);
        Assert.Equal(face.Neutral.Length, lines["v"].Count());
        foreach (var (expected, words) in face.Neutral.Zip(lines["v"]))
            Assert.True(Vector3.Distance(expected, new Vector3(Number(words[0]), Number(words[1]), Number(words[2]))) <= 1e-3f);
        Assert.Equal(face.Template.Triangles, lines["f"].SelectMany(corners => corners.Select(c => int.Parse(c.Split('/')[0]) - 1)));
        Assert.Equal(1 - face.Template.TextureCoordinates[1].Y, Number(lines["vt"].ElementAt(1)[1]), 1e-5f);
        Assert.Equal("face.mtl", lines["mtllib"].Single()[0]);
        Assert.Contains("map_Kd face.png", File.ReadAllText(Path.Combine(folder, "face.mtl")));
        using var texture = SKBitmap.Decode(Path.Combine(folder, "face.png"));
        Assert.Equal(1024, texture.Width);
        Assert.Equal(3, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public void A_ply_reads_back_with_positions_colours_and_triangles()
    {
        var face = SampleReconstruction.Create();
        var path = Path.Combine(folder, "face.ply");
        PlyFile.Write(path, face);
        var bytes = File.ReadAllBytes(path);
        var start = bytes.AsSpan().IndexOf("end_header\n"u8) + 11;
        Assert.Contains($"element vertex {face.Neutral.Length}\n", Encoding.ASCII.GetString(bytes, 0, start));
        using var reader = new BinaryReader(new MemoryStream(bytes[start..]));
        foreach (var (position, colour) in face.Neutral.Zip(face.Albedo))
        {
            Assert.Equal(position, new Vector3(reader.ReadSingle(), reader.ReadSingle(), reader.ReadSingle()));
            for (var c = 0; c < 3; c++) Assert.InRange(reader.ReadByte() - 255 * colour[c], -0.51f, 0.51f);
        }
        for (var t = 0; t < face.Template.Triangles.Length; t += 3)
        {
            Assert.Equal(3, reader.ReadByte());
            for (var c = 0; c < 3; c++) Assert.Equal(face.Template.Triangles[t + c], reader.ReadInt32());
        }
        Assert.Equal(reader.BaseStream.Length, reader.BaseStream.Position);
    }

    [Fact]
    public void All_camera_forms_of_the_json_project_a_point_to_the_same_pixel()
    {
        var face = SampleReconstruction.Create();
        var path = Path.Combine(folder, "face.json");
        ReconstructionJson.Write(path, face);
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        var root = document.RootElement;
        Assert.Equal([0.5f, -1.25f], Numbers(root.GetProperty("identity").GetProperty("alpha")));
        Assert.Equal("jawOpen", root.GetProperty("expression_names")[0].GetString());
        Assert.Equal(9, root.GetProperty("frames")[1].GetProperty("light").GetArrayLength());

        var frame = face.Frames[1];
        var x = face.Expressed(frame)[20];
        var posed = face.Posed(frame)[20];
        foreach (var (name, camera) in new[] { ("crop", frame.CropCamera), ("original", frame.Camera) })
        {
            var expected = Project(camera, posed);
            var json = root.GetProperty("frames")[1].GetProperty("cameras").GetProperty(name);
            Assert.True(Vector2.Distance(expected, OpenCv(json.GetProperty("opencv"), x)) <= 0.01f);
            Assert.True(Vector2.Distance(expected, OpenGl(json, x)) <= 0.01f);
        }
        Assert.True(Vector2.Distance(frame.Crop.Apply(Project(frame.Camera, posed)), Project(frame.CropCamera, posed)) <= 0.01f);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_named()
    {
        var file = Path.Combine(folder, "occupied");
        File.WriteAllText(file, "");
        var error = Assert.Throws<FmlException>(() => GltfFile.Write(Path.Combine(file, "face.glb"), SampleReconstruction.Create()));
        Assert.Contains("Cannot write", error.Message);
    }

    [Fact]
    public void The_rotation_vector_is_exact_at_zero_and_near_it()
    {
        Assert.Equal(Quaternion.Identity, RotationVector.ToQuaternion(Vector3.Zero));
        var small = RotationVector.ToQuaternion(new Vector3(2e-5f, 0, 0));
        Assert.Equal(1e-5f, small.X, 1e-11f);
        float[] quarter = [0, -1, 0, 1, 0, 0, 0, 0, 1];
        Assert.All(RotationVector.ToMatrix(new Vector3(0, 0, MathF.PI / 2)).Zip(quarter), p => Assert.Equal(p.Second, p.First, 1e-6f));
    }

    private ModelRoot Glb(Reconstruction face, GltfAlbedo albedo = GltfAlbedo.Texture)
    {
        var path = Path.Combine(folder, $"{Guid.NewGuid():N}.glb");
        GltfFile.Write(path, face, albedo);
        return ModelRoot.Load(path, new ReadSettings { Validation = ValidationMode.Strict });
    }

    private static Vector2 Project(Intrinsics camera, Vector3 p) =>
        new(camera.CenterX - camera.Focal * p.X / p.Z, camera.CenterY + camera.Focal * p.Y / p.Z);

    private static Vector2 OpenCv(JsonElement camera, Vector3 x)
    {
        var (k, r, t) = (Numbers(camera.GetProperty("K")), Numbers(camera.GetProperty("R")), Numbers(camera.GetProperty("t")));
        var p = new Vector3(Row(r, 0, x) + t[0], Row(r, 1, x) + t[1], Row(r, 2, x) + t[2]);
        Assert.True(p.Z > 0);
        return new Vector2(k[0] * p.X / p.Z + k[2], k[4] * p.Y / p.Z + k[5]);
    }

    private static Vector2 OpenGl(JsonElement camera, Vector3 x)
    {
        var form = camera.GetProperty("opengl");
        var (projection, view) = (Numbers(form.GetProperty("projection")), Numbers(form.GetProperty("view_model")));
        var clip = Apply(projection, Apply(view, [x.X, x.Y, x.Z, 1]));
        Assert.InRange(clip[2] / clip[3], -1, 1);
        var (width, height) = (camera.GetProperty("width").GetSingle(), camera.GetProperty("height").GetSingle());
        return new Vector2((clip[0] / clip[3] + 1) * width / 2, (1 - clip[1] / clip[3]) * height / 2);
    }

    private static float[] Apply(float[] matrix, float[] v) =>
        [.. Enumerable.Range(0, 4).Select(r => Enumerable.Range(0, 4).Sum(c => matrix[4 * r + c] * v[c]))];

    private static float Row(float[] r, int row, Vector3 x) => r[3 * row] * x.X + r[3 * row + 1] * x.Y + r[3 * row + 2] * x.Z;

    private static float[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetSingle())];

    private static float Number(string text) => float.Parse(text, CultureInfo.InvariantCulture);
}
