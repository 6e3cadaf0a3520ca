using System.Numerics;

namespace Fml.Model;

/// <summary>Everything that is true of a synthetic person.</summary>
/// <param name="Person">Name in the dataset.</param>
/// <param name="Neutral">Face without expression, [V] of the dataset's template, mm.</param>
/// <param name="Albedo">[V], RGB in [0, 1].</param>
/// <param name="Frames">All frames, clip after clip, as in the dataset.</param>
public sealed record PersonTruth(string Person, Vector3[] Neutral, Vector3[] Albedo, FrameTruth[] Frames)
{
    /// <summary>The face with a frame's expression, <c>v = neutral + B delta</c>, [V], mm, before pose.</summary>
    public Vector3[] Shape(FaceTemplate template, FrameTruth frame)
    {
        var shape = (Vector3[])Neutral.Clone();
        for (var u = 0; u < frame.Expression.Length; u++)
        {
            var weight = frame.Expression[u];
            if (weight == 0) continue;
            VertexArithmetic.AddScaled(weight, template.Expressions[u].Offsets.AsSpan(), shape);
        }
        return shape;
    }
}

/// <summary>Everything that is true of one frame.</summary>
/// <param name="Key">Key of the frame in the dataset.</param>
/// <param name="Expression">Blendshape weights <c>delta</c>, [b].</param>
/// <param name="Rotation">Rotation vector <c>w</c>, rad.</param>
/// <param name="Translation">Translation <c>t</c>, mm.</param>
/// <param name="Light">Spherical harmonics <c>gamma</c>, [9*3], [band][channel].</param>
public sealed record FrameTruth(string Key, float[] Expression, Vector3 Rotation, Vector3 Translation, float[] Light);
