using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>One clip of one person: light, place, movement, background and camera, each drawn anew.</summary>
internal sealed record SyntheticClip(
    SyntheticPerson Person, string Name, SyntheticPose Pose, SyntheticExpression Expression, SyntheticLight Light,
    Backdrop Backdrop, CameraLook Look, Occluder? Occluder, CameraDamage? Damage)
{
    /// <summary>How much of the head's turning the trunk takes part in.</summary>
    private const float TrunkTurning = 0.3f;

    /// <summary>Name of a clip by number, from 0.</summary>
    public static string NameOf(int clip) => $"c{clip}";

    /// <summary>Draws a clip.</summary>
    public static SyntheticClip Draw(SynthesisOptions options, SyntheticPerson person, int number, Random random) => new(
        person, NameOf(number),
        SyntheticPose.Draw(random, options),
        SyntheticExpression.Draw(random, person.Template.Expressions, options.FramesPerClip / options.FrameRate),
        SyntheticLight.Draw(random),
        Backdrop.Draw(random),
        CameraLook.Draw(random, options.CameraNoise),
        DrawOccluder(options, person, Chance.Stream(options.Seed, person.Number, 7, number)),
        options.Damage > 0 ? CameraDamage.Draw(Chance.Stream(options.Seed, person.Number, 8, number), options.Damage) : null);

    // From streams of their own, so that the same clip can be had with and without.
    private static Occluder? DrawOccluder(SynthesisOptions options, SyntheticPerson person, Random random) =>
        random.Happens(options.OccluderShare)
            ? Model.Occluder.Draw(random, [.. person.Template.Landmarks.Select(l => l.On(person.Neutral))], person.Look)
            : null;

    /// <summary>What is true at a time, under a frame's key.</summary>
    public FrameTruth TruthAt(string key, double time) => new(
        key, Expression.At(time), SyntheticPose.RotationVector(Pose.RotationAt(time)), Pose.TranslationAt(time), Light.At(time));

    /// <summary>The face in camera space, made from the truth alone.</summary>
    public static PosedMesh PosedFace(FaceTemplate template, PersonTruth truth, FrameTruth frame) => PosedMesh.Of(
        truth.Shape(template, frame), template.Triangles.AsSpan(), SyntheticPose.Rotation(frame.Rotation), frame.Translation);

    /// <summary>Draws a frame as the camera's sensor receives it, before blur and noise, [Height * Width].</summary>
    /// <param name="renderer">Picture to draw into; its size is the image's.</param>
    /// <param name="face">The posed face.</param>
    /// <param name="frame">Truth of the frame.</param>
    /// <param name="camera">Camera of the image drawn.</param>
    /// <param name="toOriginal">From pixels of the image drawn to fractions of the original's width.</param>
    /// <param name="time">Time of the frame, s.</param>
    public Vector3[] Render(
        SceneRenderer renderer, PosedMesh face, FrameTruth frame, Intrinsics camera, Func<Vector2, Vector2> toOriginal, double time)
    {
        renderer.Clear();
        renderer.Draw(camera, face.Positions, Person.Template.Triangles.AsSpan(), face.Shade(Person.Look.Albedo, frame.Light));
        if (Person.Around is { } around)
        {
            var rotation = SyntheticPose.Rotation(frame.Rotation);
            DrawAround(renderer, camera, around.Head, rotation, frame.Translation, frame.Light);
            var trunkRotation = Quaternion.Slerp(Quaternion.Identity, rotation, TrunkTurning);
            var neck = Vector3.Transform(around.Neck, rotation) + frame.Translation;
            DrawAround(renderer, camera, around.Trunk, trunkRotation, neck - Vector3.Transform(around.Neck, trunkRotation), frame.Light);
        }
        if (Occluder is { } occluder)
        {
            var turned = SyntheticPose.Rotation(frame.Rotation);
            DrawAround(renderer, camera, occluder.Mesh, turned, frame.Translation + Vector3.Transform(occluder.OffsetAt(time), turned), frame.Light);
        }
        var picture = new Vector3[renderer.Width * renderer.Height];
        renderer.Resolve(place => Backdrop.At(toOriginal(place)), picture);
        return picture;
    }

    private static void DrawAround(
        SceneRenderer renderer, Intrinsics camera, SceneMesh mesh, Quaternion rotation, Vector3 translation, ReadOnlySpan<float> light)
    {
        var posed = PosedMesh.Of(mesh.Positions, mesh.Triangles, rotation, translation);
        renderer.Draw(camera, posed.Positions, mesh.Triangles, posed.Shade(mesh.Colours, light));
    }
}
