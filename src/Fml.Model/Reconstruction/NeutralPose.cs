using System.Numerics;
using Fml.Graph;

namespace Fml.Model;

/// <summary>
/// Where the mean face stands before anything is learned: what <see cref="FrameParameters"/> make of raw zeros, for one camera at a time.
/// </summary>
internal sealed class NeutralPose : IDisposable
{
    private readonly ParameterStore store;
    private readonly FaceTemplate template;
    private readonly Node.Input intrinsics = Ops.Input("intrinsics", [1, 3]);
    private readonly FrameParameters frame;
    private readonly GraphProgram program;

    public NeutralPose(FaceTemplate template, int imageSize, Native.Device device)
    {
        this.template = template;
        store = new ParameterStore(device);
        Node Zeros(int count) => Ops.Constant<float>(new float[count], [1, count]);
        frame = FrameParameters.Of(Zeros(FrameParameters.Count(template.Expressions.Length)), intrinsics, template, imageSize);
        program = GraphProgram.Compile(store, [frame.Rotation, frame.Translation]);
    }

    /// <summary>The mean face before a camera.</summary>
    public PosedMesh Before(Intrinsics camera)
    {
        program.Set<float>(intrinsics, [camera.Focal, camera.CenterX, camera.CenterY]);
        program.Run();
        return PosedMesh.Of(
            template.Positions.AsSpan(), template.Triangles.AsSpan(),
            RotationVector.ToQuaternion(new Vector3(program.Get<float>(frame.Rotation))),
            new Vector3(program.Get<float>(frame.Translation)));
    }

    public void Dispose()
    {
        program.Dispose();
        store.Dispose();
    }
}
