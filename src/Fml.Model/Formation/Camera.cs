using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>The pinhole camera at the origin that looks along -z (<c>method.md</c> section 0).</summary>
public static class Camera
{
    /// <summary>
    /// Least distance <c>-z</c> that is divided by, mm; nearer points, and those behind the camera, are projected as if they were there.
    /// </summary>
    public const float Near = 1;

    /// <summary>
    /// Image points <c>u_x = c_x + f x / (-z)</c>, <c>u_y = c_y - f y / (-z)</c>, finite wherever the positions are.
    /// </summary>
    /// <param name="cameraPositions">[F,3,V], mm.</param>
    /// <param name="intrinsics">[F,3]: focal length, principal point x and y, pixels.</param>
    /// <returns>[F,2,V], pixels, x right and y down.</returns>
    public static Node Project(Node cameraPositions, Node intrinsics)
    {
        var frames = cameraPositions.Shape[0];
        Scalar across = new Scalar.Argument(0), z = new Scalar.Argument(1), focal = new Scalar.Argument(2), centre = new Scalar.Argument(3);
        return Map(
            centre + focal * across * new Scalar.Argument(4) / Scalar.Max(-z, Near),
            Slice(cameraPositions, 1, 0, 2),
            Slice(cameraPositions, 1, 2, 1),
            Reshape(Slice(intrinsics, 1, 0, 1), [frames, 1, 1]),
            Reshape(Slice(intrinsics, 1, 1, 2), [frames, 2, 1]),
            Constants.Of(cameraPositions.Type.Element, [2, 1], [1, -1]));
    }
}
