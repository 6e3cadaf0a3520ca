using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fml.Native;

namespace Fml.Model;

/// <summary>Every parameter of a reconstruction as JSON, with the conventions named in the file itself.</summary>
public static class ReconstructionJson
{
    private static readonly (string Name, string Text)[] Conventions =
    [
        ("units", "millimetres and radians; pixels for cameras"),
        ("axes", "right-handed; +x to the subject's left, +y up, +z out of the face; origin: centroid of the template's evaluation region"),
        ("camera", "pinhole at the origin looking along -z (OpenGL, glTF); image x right, y down, pixel centres at +0.5"),
        ("rotation", "rotation vector: axis times angle (exponential map); x_camera = R(rotation) x + translation; "
            + "matrices row by row, acting on columns"),
        ("projection", "u = cx + f x / (-z), v = cy - f y / (-z)"),
        ("opencv", "the same camera looking along +z with y down: R_cv = diag(1,-1,-1) R, t_cv = diag(1,-1,-1) t, "
            + "K = [f 0 cx; 0 f cy; 0 0 1]"),
        ("opengl", "clip = projection * view_model * (x, y, z, 1), row by row, acting on columns; near 10 mm, far 10000 mm; "
            + "row 0 of the image is at the top"),
        ("crop", "crop = scale * original + offset, pixels"),
        ("expression", "weights of the named blendshapes, added to the neutral before the pose"),
        ("light", "spherical harmonics in camera space, RGB for the bands 1; y, z, x; xy, yz, 3z^2-1, xz, x^2-y^2 with the constants "
            + "0.282095; 0.488603; 1.092548, 1.092548, 0.315392, 1.092548, 0.546274; colour = albedo * sum of light * harmonic(normal)"),
    ];

    /// <summary>Writes the file.</summary>
    /// <exception cref="FmlException">The file cannot be written.</exception>
    public static void Write(string path, Reconstruction face) => AtomicFile.Write(path, stream =>
    {
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using var json = new Utf8JsonWriter(stream, options);
        Write(json, face);
    });

    private static void Write(Utf8JsonWriter json, Reconstruction face)
    {
        json.WriteStartObject();
        json.WriteString("format", "fml reconstruction 1");
        json.WriteString("person", face.Person);
        json.WriteString("model", face.Model);
        json.WriteString("template", face.Template.Name);
        json.WriteString("template_licence", face.Template.Licence);
        json.WriteNumber("vertices", face.Neutral.Length);
        json.WriteString("colour_space", face.ColourSpace);
        json.WriteStartObject("conventions");
        foreach (var (name, text) in Conventions) json.WriteString(name, text);
        json.WriteEndObject();
        json.WriteStartObject("identity");
        Numbers(json, "alpha", face.Alpha);
        Numbers(json, "beta", face.Beta);
        Numbers(json, "epsilon", face.Epsilon);
        json.WriteEndObject();
        json.WriteStartArray("expression_names");
        foreach (var expression in face.Template.Expressions) json.WriteStringValue(expression.Name);
        json.WriteEndArray();
        json.WriteStartArray("frames");
        foreach (var frame in face.Frames) Frame(json, frame);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Frame(Utf8JsonWriter json, ReconstructedFrame frame)
    {
        json.WriteStartObject();
        json.WriteString("key", frame.Key);
        json.WriteNumber("time_s", frame.Time);
        Numbers(json, "rotation", Floats(frame.Rotation));
        Numbers(json, "translation", Floats(frame.Translation));
        Numbers(json, "expression", frame.Expression);
        json.WriteStartArray("light");
        foreach (var band in frame.Light) json.WriteRawValue(Text(Floats(band)));
        json.WriteEndArray();
        json.WriteStartObject("crop");
        json.WriteNumber("size", frame.CropSize);
        json.WriteNumber("scale", frame.Crop.Scale);
        Numbers(json, "offset", [frame.Crop.OffsetX, frame.Crop.OffsetY]);
        json.WriteEndObject();
        json.WriteStartObject("cameras");
        json.WriteBoolean("known", frame.CameraKnown);
        Camera(json, "crop", frame.CropCamera, frame.CropSize, frame.CropSize, frame);
        Camera(json, "original", frame.Camera, frame.OriginalWidth, frame.OriginalHeight, frame);
        json.WriteEndObject();
        if (frame.LandmarkError is { } error) json.WriteNumber("landmark_error_per_interocular", error);
        json.WriteStartObject("losses");
        foreach (var (name, value) in frame.Losses.Where(loss => double.IsFinite(loss.Value))) json.WriteNumber(name, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Camera(Utf8JsonWriter json, string name, Intrinsics camera, int width, int height, ReconstructedFrame frame)
    {
        var rotation = RotationVector.ToMatrix(frame.Rotation);
        var t = frame.Translation;
        json.WriteStartObject(name);
        json.WriteNumber("width", width);
        json.WriteNumber("height", height);
        json.WriteStartObject("opencv");
        Numbers(json, "K", [camera.Focal, 0, camera.CenterX, 0, camera.Focal, camera.CenterY, 0, 0, 1]);
        Numbers(json, "R", [.. rotation.Select((value, i) => i < 3 ? value : -value)]);
        Numbers(json, "t", [t.X, -t.Y, -t.Z]);
        json.WriteEndObject();
        json.WriteStartObject("opengl");
        Numbers(json, "projection", OpenGlProjection(camera, width, height));
        Numbers(json, "view_model", [.. rotation[..3], t.X, .. rotation[3..6], t.Y, .. rotation[6..], t.Z, 0, 0, 0, 1]);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The OpenGL projection matrix of a pinhole camera, row by row, [16].</summary>
    internal static ImmutableArray<float> OpenGlProjection(Intrinsics camera, int width, int height, float near = 10, float far = 10_000) =>
    [
        2 * camera.Focal / width, 0, 1 - 2 * camera.CenterX / width, 0,
        0, 2 * camera.Focal / height, 2 * camera.CenterY / height - 1, 0,
        0, 0, -(far + near) / (far - near), -2 * far * near / (far - near),
        0, 0, -1, 0,
    ];

    private static ImmutableArray<float> Floats(Vector3 v) => [v.X, v.Y, v.Z];

    private static void Numbers(Utf8JsonWriter json, string name, ImmutableArray<float> values)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(Text(values));
    }

    /// <summary>All numbers on one line.</summary>
    private static string Text(ImmutableArray<float> values) =>
        $"[{string.Join(", ", values.Select(v => float.IsFinite(v) ? v.ToString(CultureInfo.InvariantCulture) : "null"))}]";
}
