using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Fml.Native;
using SharpGLTF.Memory;
using SharpGLTF.Schema2;

namespace Fml.Model;

/// <summary>Where a GLB file keeps the albedo. A file has one of them, because viewers multiply them.</summary>
public enum GltfAlbedo
{
    /// <summary>An sRGB texture: what every program shows.</summary>
    Texture,

    /// <summary>Linear vertex colours: exact, and independent of texture coordinates.</summary>
    VertexColours,
}

/// <summary>
/// A reconstruction as GLB, in metres: the neutral face, its expressions as named morph targets, and, when there is more than one frame, an
/// animation of weights and head pose before a camera that looks along -z from the origin. The first V vertices are the template's; a few
/// repeated ones may follow, for triangles that lie across a seam of the texture.
/// </summary>
public static class GltfFile
{
    private const float Metre = 0.001f; // a millimetre
    private const double FrameTime = 1 / 25.0;

    /// <summary>Writes the file.</summary>
    /// <exception cref="FmlException">The file cannot be written.</exception>
    public static void Write(string path, Reconstruction face, GltfAlbedo albedo = GltfAlbedo.Texture)
    {
        var root = Build(face, albedo);
        AtomicFile.Write(path, stream => root.WriteGLB(stream));
    }

    private static ModelRoot Build(Reconstruction face, GltfAlbedo albedo)
    {
        var root = ModelRoot.CreateModel();
        root.Asset.Copyright = face.Template.Licence.ReplaceLineEndings("\n").Split('\n')[0];
        root.Asset.Generator = "FmlNative";
        var mesh = root.CreateMesh(face.Person);
        var primitive = mesh.CreatePrimitive();
        var vertices = GltfVertices.Of(face.Template);
        AddGeometry(root, primitive, face, vertices);
        AddAlbedo(root, primitive, face, albedo, vertices);
        AddExpressions(root, mesh, primitive, face.Template.Expressions, vertices);

        var scene = root.UseScene("face");
        root.DefaultScene = scene;
        var head = scene.CreateNode("head");
        head.Mesh = mesh;
        if (face.Frames.Length > 1) Animate(root, head, face);
        if (face.Frames.Length > 0) AddCamera(root, scene, head, face);
        return root;
    }

    private static void AddGeometry(ModelRoot root, MeshPrimitive primitive, Reconstruction face, GltfVertices vertices)
    {
        var normals = VertexNormals.Of(face.Neutral.AsSpan(), face.Template.Triangles.AsSpan());
        primitive.DrawPrimitiveType = PrimitiveType.TRIANGLES;
        primitive.SetVertexAccessor("POSITION", Vertices(root, vertices.Pick(face.Neutral, p => p * Metre), DimensionType.VEC3));
        primitive.SetVertexAccessor("NORMAL", Vertices(root, vertices.Pick(normals, n => n), DimensionType.VEC3));
        var view = root.UseBufferView(MemoryMarshal.AsBytes(vertices.Triangles.AsSpan()).ToArray(), 0, null, 0, BufferMode.ELEMENT_ARRAY_BUFFER);
        var accessor = root.CreateAccessor("triangles");
        accessor.SetIndexData(view, 0, vertices.Triangles.Length, IndexEncodingType.UNSIGNED_INT);
        primitive.SetIndexAccessor(accessor);
    }

    private static void AddAlbedo(ModelRoot root, MeshPrimitive primitive, Reconstruction face, GltfAlbedo albedo, GltfVertices vertices)
    {
        var srgb = ColourSpaces.SrgbAlbedo(face);
        var material = root.CreateMaterial("skin");
        material.InitializePBRMetallicRoughness();
        var channel = material.FindChannel("MetallicRoughness")!.Value;
        channel.SetFactor("MetallicFactor", 0);
        channel.SetFactor("RoughnessFactor", 0.7f);
        if (albedo == GltfAlbedo.Texture)
        {
            const int Size = 1024;
            var image = root.UseImage(new MemoryImage(PngPicture.Encode(AlbedoTexture.Bake(face.Template, srgb, Size), Size, Size)));
            material.FindChannel("BaseColor")!.Value.SetTexture(0, root.UseTexture(image, null));
        }
        else
        {
            primitive.SetVertexAccessor("COLOR_0", Vertices(root, vertices.Pick(srgb, ColourSpaces.SrgbToLinear), DimensionType.VEC3));
        }
        primitive.SetVertexAccessor("TEXCOORD_0", Vertices(root, vertices.TextureCoordinates, DimensionType.VEC2));
        primitive.Material = material;
    }

    private static void AddExpressions(ModelRoot root, Mesh mesh, MeshPrimitive primitive, ImmutableArray<Blendshape> expressions, GltfVertices vertices)
    {
        for (var u = 0; u < expressions.Length; u++)
        {
            var offsets = Vertices(root, vertices.Pick(expressions[u].Offsets, p => p * Metre), DimensionType.VEC3);
            primitive.SetMorphTargetAccessors(u, new Dictionary<string, Accessor> { ["POSITION"] = offsets });
        }
        if (expressions.IsEmpty) return;
        mesh.SetMorphWeights(new float[expressions.Length]);
        mesh.Extras = new JsonObject { ["targetNames"] = new JsonArray([.. expressions.Select(e => (JsonNode)e.Name)]) };
    }

    private static void Animate(ModelRoot root, Node head, Reconstruction face)
    {
        var animation = root.CreateAnimation("frames");
        var times = Times(face.Frames);
        var frames = face.Frames.Select((frame, i) => (Time: times[i], Frame: frame)).ToArray();
        animation.CreateRotationChannel(head, frames.ToDictionary(f => f.Time, f => RotationVector.ToQuaternion(f.Frame.Rotation)), true);
        animation.CreateTranslationChannel(head, frames.ToDictionary(f => f.Time, f => f.Frame.Translation * Metre), true);
        if (!face.Template.Expressions.IsEmpty)
        {
            var weights = frames.ToDictionary(f => f.Time, f => f.Frame.Expression.ToArray());
            animation.CreateMorphChannel(head, weights, face.Template.Expressions.Length, true);
        }
    }

    /// <summary>The frames' own times where they rise steadily, as in a clip; otherwise 25 frames a second.</summary>
    private static float[] Times(ImmutableArray<ReconstructedFrame> frames)
    {
        var own = frames.Select(f => (float)(f.Time - frames[0].Time)).ToArray();
        var rising = own.Zip(own.Skip(1)).All(pair => pair.Second > pair.First + 1e-3f);
        return rising ? own : [.. frames.Select((_, i) => (float)(i * FrameTime))];
    }

    /// <summary>The first frame's camera; the head at rest stands where the first frame found it.</summary>
    private static void AddCamera(ModelRoot root, Scene scene, Node head, Reconstruction face)
    {
        var frame = face.Frames[0];
        head.LocalTransform = new SharpGLTF.Transforms.AffineTransform(
            Vector3.One, RotationVector.ToQuaternion(frame.Rotation), frame.Translation * Metre);
        var verticalAngle = 2 * MathF.Atan(frame.CropSize / (2 * frame.CropCamera.Focal));
        var camera = root.CreateCamera("camera of the crop");
        camera.SetPerspectiveMode(1, verticalAngle, 0.05f, 10);
        scene.CreateNode("camera").Camera = camera;
    }

    private static Accessor Vertices<T>(ModelRoot root, T[] data, DimensionType dimensions) where T : unmanaged
    {
        var view = root.UseBufferView(MemoryMarshal.AsBytes(data.AsSpan()).ToArray(), 0, null, 0, BufferMode.ARRAY_BUFFER);
        var accessor = root.CreateAccessor("");
        accessor.SetVertexData(view, 0, data.Length, new AttributeFormat(dimensions, EncodingType.FLOAT));
        return accessor;
    }
}
