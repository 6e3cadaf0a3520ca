using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Which vertices a camera sees, as a mask of 0 and 1 that is constant for the gradient (<c>method.md</c> section 2): those that face the
/// camera, <c>(R n_i) . x_cam &lt; -margin |x_cam|</c>, project into the crop, and do not lie behind the depth buffer of the mesh drawn
/// at image resolution. Inputs: camera-space positions [F,3,V] (mm), camera-space unit normals [F,3,V], intrinsics [F,3] (focal length,
/// principal point x and y, pixels), triangles [3T]. Output [F,V].
/// </summary>
/// <param name="Width">Width of the crop, pixels.</param>
/// <param name="Height">Height of the crop, pixels.</param>
/// <param name="Occlusion">Draw the depth buffer; without, only facing and the crop's border count (enough for landmarks).</param>
/// <param name="Margin">Least cosine of the angle between normal and the direction to the camera.</param>
/// <param name="DepthBias">How far behind the depth buffer still counts as seen, in footprints of a pixel, <c>(-z) / f</c>.</param>
public sealed record VisibleVertices(
    int Width, int Height, bool Occlusion = true, double Margin = VisibleVertices.DefaultMargin,
    double DepthBias = VisibleVertices.DefaultDepthBias)
    : Primitive
{
    /// <summary>Cosine below which a surface is seen too flat to be compared.</summary>
    public const double DefaultMargin = 0.1;

    /// <summary>Footprints of a pixel.</summary>
    public const double DefaultDepthBias = 2.6;

    /// <summary>The mask of a mesh posed in front of cameras.</summary>
    /// <param name="cameraPositions">[F,3,V], mm.</param>
    /// <param name="cameraNormals">[F,3,V].</param>
    /// <param name="intrinsics">[F,3], pixels.</param>
    /// <param name="mesh">The triangles.</param>
    /// <param name="imageSize">Width and height of the crop, pixels.</param>
    /// <param name="occlusion">Draw the depth buffer.</param>
    /// <param name="margin">Least cosine of the angle between normal and the direction to the camera.</param>
    /// <returns>[F,V], 0 or 1.</returns>
    /// <exception cref="ShapeException">The arguments do not fit.</exception>
    public static Node Of(
        Node cameraPositions, Node cameraNormals, Node intrinsics, MeshConstants mesh, int imageSize, bool occlusion = true, double margin = DefaultMargin) =>
        Node.Apply.Of(new VisibleVertices(imageSize, imageSize, occlusion, margin), cameraPositions, cameraNormals, intrinsics, mesh.Triangles);

    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var (x, normals, intrinsics) = (inputs[0], inputs[1], inputs[2]);
        if (!x.Element.IsFloat() || x.Shape.Rank != 3 || x.Shape[1] != 3)
            throw Mismatch("the positions", "floating point of shape [F,3,V]", x);
        if (normals != x) throw Mismatch("the normals", x.ToString(), normals);
        if (intrinsics != x with { Shape = [x.Shape[0], 3] }) throw Mismatch("the intrinsics", $"of shape [{x.Shape[0]},3]", intrinsics);
        return x with { Shape = [x.Shape[0], x.Shape[2]] };
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) => NoGradient(output);

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var shape = lowering.InputType(0).Shape;
        var sizes = new VisibilitySizes(
            shape[0], shape[2], lowering.InputType(3).Shape[0] / 3, Width, Height, Occlusion ? 1 : 0, Margin, DepthBias);
        lowering.Run(
            VisibilityKernels.Visible.For(lowering.OutputType.Element), sizes,
            lowering.Input(0), lowering.Input(1), lowering.Input(2), lowering.Input(3),
            lowering.Scratch(sizeof(float) * sizes.ScratchLength), lowering.Output);
    }
}

/// <summary>Frames, vertices, triangles, size of the image, whether there is a depth buffer, and the two tolerances.</summary>
internal readonly record struct VisibilitySizes(
    int Frames, int Vertices, int Triangles, int Width, int Height, int Occlusion, double Margin, double DepthBias)
{
    /// <summary>Numbers of scratch a vertex and frame: projections, and on the CPU positions in single precision.</summary>
    public const int VertexScratch = 6;

    /// <summary>Numbers of scratch: what belongs to vertices, then the depth buffers.</summary>
    public long ScratchLength => Occlusion == 0 ? 0 : DepthStart + (long)Frames * Width * Height;

    /// <summary>Where the depth buffers begin.</summary>
    public long DepthStart => (long)VertexScratch * Frames * Vertices;
}

internal static unsafe class VisibilityKernels
{
    /// <summary>Operands: x, normals [F,3,V], intrinsics [F,3], triangles [3T], scratch, y [F,V].</summary>
    public static readonly KernelFamily<VisibilitySizes> Visible = new("visible_vertices", Run<float>, Run<double>, cuda: Cuda());

    private static CudaBody<VisibilitySizes> Cuda() =>
        new CudaBody<VisibilitySizes>(CudaSource.Embedded(typeof(VisibilityKernels).Assembly, "visibility.cu"), Stages)
            .Define("VERTEX_SCRATCH", $"{VisibilitySizes.VertexScratch}")
            .Define("SUBPIXEL_BITS", $"{Rasterizer.SubpixelBits}").Define("SUBPIXELS", $"{Rasterizer.Subpixels}")
            .Define("NEAREST", $"{Camera.Near}").Define("REACH", $"{Rasterizer.Reach}");

    private static ImmutableArray<CudaStage> Stages(in VisibilitySizes sizes)
    {
        var test = FrameGrid.Stages(sizes.Vertices, sizes.Frames, "visibility_test");
        if (sizes.Occlusion == 0) return test;
        return
        [
            .. FrameGrid.Stages((long)sizes.Vertices + (long)sizes.Width * sizes.Height, sizes.Frames, "visibility_prepare"),
            .. FrameGrid.Stages(sizes.Triangles, sizes.Frames, "visibility_draw"),
            .. test,
        ];
    }

    private static void Run<T>(in VisibilitySizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        workers.For(
            sizes.Frames,
            new Work<T>(
                sizes, (T*)operands[0], (T*)operands[1], (T*)operands[2], (int*)operands[3], (float*)operands[4], (T*)operands[5]));

    private readonly struct Work<T>(
        VisibilitySizes sizes, T* positions, T* normals, T* intrinsics, int* triangles, float* scratch, T* mask) : IWork
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int frame)
        {
            var count = sizes.Vertices;
            T* x = positions + 3L * frame * count, y = x + count, z = y + count;
            T* nx = normals + 3L * frame * count, ny = nx + count, nz = ny + count;
            T focal = intrinsics[3 * frame], centreX = intrinsics[3 * frame + 1], centreY = intrinsics[3 * frame + 2];
            var depth = sizes.Occlusion != 0 ? Draw(frame, x, focal, centreX, centreY) : null;
            var target = mask + (long)frame * count;
            T width = T.CreateTruncating(sizes.Width), height = T.CreateTruncating(sizes.Height), near = T.CreateTruncating(Camera.Near);
            T margin = T.CreateTruncating(sizes.Margin), bias = T.CreateTruncating(sizes.DepthBias) / focal;
            for (var v = 0; v < count; v++)
            {
                target[v] = T.Zero;
                var distance = -z[v];
                if (!(distance >= near)) continue;
                var facing = nx[v] * x[v] + ny[v] * y[v] + nz[v] * z[v];
                if (!(facing < T.Zero && facing * facing > margin * margin * (x[v] * x[v] + y[v] * y[v] + z[v] * z[v]))) continue;
                T u = centreX + focal * x[v] / distance, w = centreY - focal * y[v] / distance;
                if (!(u >= T.Zero && u < width && w >= T.Zero && w < height)) continue;
                if (depth != null)
                {
                    var nearest = depth[(long)int.CreateTruncating(w) * sizes.Width + int.CreateTruncating(u)];
                    if (!(float.CreateTruncating(distance) <= nearest + float.CreateTruncating(bias * distance))) continue;
                }
                target[v] = T.One;
            }
        }

        private float* Draw(int frame, T* x, T focal, T centreX, T centreY)
        {
            var count = sizes.Vertices;
            var projected = scratch + (long)VisibilitySizes.VertexScratch * frame * count;
            var single = (float*)x;
            if (typeof(T) != typeof(float))
            {
                single = projected + Rasterizer.ScratchLength(count);
                for (var i = 0; i < 3 * count; i++) single[i] = float.CreateTruncating(x[i]);
            }
            var pixels = sizes.Width * sizes.Height;
            var depth = scratch + sizes.DepthStart + (long)frame * pixels;
            new Span<float>(depth, pixels).Fill(float.PositiveInfinity);
            var camera = new Intrinsics(float.CreateTruncating(focal), float.CreateTruncating(centreX), float.CreateTruncating(centreY));
            Rasterizer.Draw(
                single, single + count, single + 2 * count, count, triangles, sizes.Triangles, camera, sizes.Width, sizes.Height,
                cullBackFaces: false, projected, depth, null, null);
            return depth;
        }
    }
}
