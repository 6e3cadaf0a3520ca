using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// What the pixels of a picture of a mesh show; everything here is constant for the gradient. Inputs: camera-space positions [F,3,V] (mm),
/// intrinsics [F,3] (focal length, principal point x and y, pixels), triangles [3T], and vertices and triangles of the
/// <see cref="FoldEdges"/>. Output [F,3,H,W], i32, three planes a frame:
/// <list type="bullet">
/// <item>the triangle nearest the camera at the pixel's centre; -1 where there is none or its back is seen;</item>
/// <item>the outline that runs between the centres of the pixel and its right neighbour, and the one between it and its lower neighbour:
/// -1, or <c>2 e + s</c> for fold edge e, with s = 0 where the surface that ends there covers this pixel, 1 where it covers the
/// neighbour.</item>
/// </list>
/// <para> An outline is a fold edge with one triangle towards the camera and one away from it, of which the surface is seen on one side (its
/// pixel is covered, not further than the edge) and, by more than the depth bias, not on the other. Edges that are steep in the image
/// (<c>|dy| >= |dx|</c>) are looked for between horizontal neighbours, the others between vertical ones, so that none counts twice; the
/// nearest edge wins. It is edges that look for pixels and not the other way round: triangles are about as small as pixels, so the one that
/// a pixel shows seldom has the outline as a side.
/// </para>
/// </summary>
/// <param name="Width">Width of the picture, pixels.</param>
/// <param name="Height">Height of the picture, pixels.</param>
/// <param name="DepthBias">How far behind an edge what is beyond it must lie, in footprints of a pixel, <c>(-z) / f</c>.</param>
public sealed record RasterizeMesh(int Width, int Height, double DepthBias = VisibleVertices.DefaultDepthBias) : Primitive
{
    /// <summary>The pixels of a mesh posed in front of cameras.</summary>
    /// <param name="cameraPositions">[F,3,V], mm.</param>
    /// <param name="intrinsics">[F,3], pixels.</param>
    /// <param name="mesh">The triangles.</param>
    /// <param name="imageSize">Width and height of the picture, pixels.</param>
    /// <returns>[F,3,W,W], i32.</returns>
    /// <exception cref="ShapeException">The arguments do not fit.</exception>
    public static Node Of(Node cameraPositions, Node intrinsics, MeshConstants mesh, int imageSize) => Node.Apply.Of(
        new RasterizeMesh(imageSize, imageSize), cameraPositions, intrinsics, mesh.Triangles, mesh.Folds.Vertices, mesh.Folds.Triangles);

    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var (x, intrinsics) = (inputs[0], inputs[1]);
        if (!x.Element.IsFloat() || x.Shape.Rank != 3 || x.Shape[1] != 3)
            throw Mismatch("the positions", "floating point of shape [F,3,V]", x);
        if (intrinsics != x with { Shape = [x.Shape[0], 3] }) throw Mismatch("the intrinsics", $"of shape [{x.Shape[0]},3]", intrinsics);
        return new TensorType(ElementType.I32, [x.Shape[0], 3, Height, Width]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) => NoGradient(output);

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var shape = lowering.InputType(0).Shape;
        var sizes = new RasterSizes(
            shape[0], shape[2], lowering.InputType(2).Shape[0] / 3, lowering.InputType(3).Shape[0] / 2, Width, Height, DepthBias);
        lowering.Run(
            RasterKernels.Pixels.For(lowering.InputType(0).Element), sizes,
            lowering.Input(0), lowering.Input(1), lowering.Input(2), lowering.Input(3), lowering.Input(4),
            lowering.Scratch(sizeof(float) * sizes.ScratchLength), lowering.Output);
    }
}

/// <summary>Frames, vertices, triangles, fold edges, size of the picture, and how far behind an edge counts as beyond it.</summary>
internal readonly record struct RasterSizes(int Frames, int Vertices, int Triangles, int Edges, int Width, int Height, double DepthBias)
{
    /// <summary>Numbers of scratch a vertex and frame: projections, and on the CPU positions in single precision.</summary>
    public const int VertexScratch = 6;

    /// <summary>Numbers of scratch a pixel and frame: on a CUDA device three times a depth and what has it, on the CPU three depths.</summary>
    public const int PixelScratch = 6;

    /// <summary>Least extent of an edge along its main axis, in subpixels: shorter ones are no outlines, which keeps slopes finite.</summary>
    public const int LeastExtent = 4;

    /// <summary>Pixels of a picture.</summary>
    public int Pixels => Width * Height;

    /// <summary>Where what belongs to pixels begins in scratch.</summary>
    public long PixelStart => (long)VertexScratch * Frames * Vertices;

    /// <summary>Where the sides of the triangles that are seen begin in scratch, a byte each.</summary>
    public long SideStart => PixelStart + (long)PixelScratch * Frames * Pixels;

    /// <summary>Numbers of scratch in all.</summary>
    public long ScratchLength => SideStart + ((long)Frames * Triangles + sizeof(float) - 1) / sizeof(float);
}

internal static unsafe class RasterKernels
{
    /// <summary>Operands: x [F,3,V], intrinsics [F,3], triangles [3T], edges' vertices and triangles [2E], scratch, y [F,3,H,W].</summary>
    public static readonly KernelFamily<RasterSizes> Pixels = new("rasterize_mesh", Run<float>, Run<double>, cuda: Cuda());

    private static CudaBody<RasterSizes> Cuda() =>
        new CudaBody<RasterSizes>(CudaSource.Embedded(typeof(RasterKernels).Assembly, "rasterize.cu"), Stages)
            .Define("VERTEX_SCRATCH", $"{RasterSizes.VertexScratch}").Define("LEAST_EXTENT", $"{RasterSizes.LeastExtent}")
            .Define("SUBPIXEL_BITS", $"{Rasterizer.SubpixelBits}").Define("SUBPIXELS", $"{Rasterizer.Subpixels}")
            .Define("NEAREST", $"{Camera.Near}").Define("REACH", $"{Rasterizer.Reach}");

    private static ImmutableArray<CudaStage> Stages(in RasterSizes sizes) =>
    [
        .. FrameGrid.Stages(sizes.Vertices + 3L * sizes.Pixels, sizes.Frames, "rasterize_prepare"),
        .. FrameGrid.Stages(sizes.Triangles, sizes.Frames, "rasterize_draw"),
        .. FrameGrid.Stages(sizes.Edges, sizes.Frames, "rasterize_outlines"),
        .. FrameGrid.Stages(3L * sizes.Pixels, sizes.Frames, "rasterize_write"),
    ];

    private static void Run<T>(in RasterSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        workers.For(
            sizes.Frames,
            new Work<T>(
                sizes, (T*)operands[0], (T*)operands[1], (int*)operands[2], (int*)operands[3], (int*)operands[4], (float*)operands[5],
                (int*)operands[6]));

    /// <summary>Which side of a triangle is seen.</summary>
    private enum Side : byte
    {
        NotDrawn,
        Front,
        Back,
    }

    private readonly struct Work<T>(
        RasterSizes sizes, T* positions, T* intrinsics, int* triangles, int* edgeVertices, int* edgeTriangles, float* scratch, int* pixels)
        : IWork
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int frame)
        {
            var count = sizes.Vertices;
            var x = positions + 3L * frame * count;
            var projected = scratch + (long)RasterSizes.VertexScratch * frame * count;
            var single = (float*)x;
            if (typeof(T) != typeof(float))
            {
                single = projected + Rasterizer.ScratchLength(count);
                for (var i = 0; i < 3 * count; i++) single[i] = float.CreateTruncating(x[i]);
            }
            var depth = scratch + sizes.PixelStart + (long)RasterSizes.PixelScratch * frame * sizes.Pixels;
            var target = pixels + 3L * frame * sizes.Pixels;
            new Span<float>(depth, 3 * sizes.Pixels).Fill(float.PositiveInfinity);
            new Span<int>(target, 3 * sizes.Pixels).Fill(-1);
            T* own = intrinsics + 3 * frame;
            var camera = new Intrinsics(float.CreateTruncating(own[0]), float.CreateTruncating(own[1]), float.CreateTruncating(own[2]));
            Rasterizer.Draw(
                single, single + count, single + 2 * count, count, triangles, sizes.Triangles, camera, sizes.Width, sizes.Height,
                cullBackFaces: false, projected, depth, target, null);

            var sides = (Side*)(scratch + sizes.SideStart) + (long)frame * sizes.Triangles;
            var picture = new Picture((long*)projected, projected + 2 * count, depth, target, sides, float.CreateTruncating(sizes.DepthBias) / camera.Focal);
            for (var t = 0; t < sizes.Triangles; t++) sides[t] = SideOf(picture, triangles + 3L * t);
            for (var pixel = 0; pixel < sizes.Pixels; pixel++)
                if (target[pixel] >= 0 && sides[target[pixel]] != Side.Front) target[pixel] = -1;
            for (var e = 0; e < sizes.Edges; e++)
            {
                Side first = sides[edgeTriangles[2 * e]], second = sides[edgeTriangles[2 * e + 1]];
                if (first == second || first == Side.NotDrawn || second == Side.NotDrawn) continue;
                int a = edgeVertices[2 * e], b = edgeVertices[2 * e + 1];
                if (first == Side.Front) Outline(picture, e, a, b);
                else Outline(picture, e, b, a);
            }
        }

        private static Side SideOf(in Picture picture, int* triangle)
        {
            int a = triangle[0], b = triangle[1], c = triangle[2];
            if (picture.Inverse[a] == 0 || picture.Inverse[b] == 0 || picture.Inverse[c] == 0) return Side.NotDrawn;
            var (ua, va) = picture.Corner(a);
            var (ub, vb) = picture.Corner(b);
            var (uc, vc) = picture.Corner(c);
            return (long)(ub - ua) * (vc - va) - (long)(uc - ua) * (vb - va) < 0 ? Side.Front : Side.Back;
        }

        // The pairs of pixels between whose centres an edge passes; it runs from a to b along the triangle that faces the camera.
        private void Outline(in Picture picture, int edge, int a, int b)
        {
            var (ua, va) = picture.Corner(a);
            var (ub, vb) = picture.Corner(b);
            int du = ub - ua, dv = vb - va;
            var steep = Math.Abs(dv) >= Math.Abs(du);
            // Along its main axis an edge passes lines of pixel centres, across it it lies between two of them. What faces the camera lies to
            // the left of an edge that goes up, and above one that goes right.
            var (along, across, length, slant) = steep ? (va, ua, dv, du) : (ua, va, du, dv);
            if (Math.Abs(length) < RasterSizes.LeastExtent) return;
            var (lines, places) = steep ? (sizes.Height, sizes.Width) : (sizes.Width, sizes.Height);
            var insideIsFirst = steep ? length < 0 : length > 0;
            const int half = Rasterizer.Subpixels / 2;
            int low = Math.Min(along, along + length), high = Math.Max(along, along + length);
            int line = Math.Max((low + half - 1) >> Rasterizer.SubpixelBits, 0);
            int last = Math.Min((high - half - 1) >> Rasterizer.SubpixelBits, lines - 1);
            for (; line <= last; line++)
            {
                var steps = (line << Rasterizer.SubpixelBits) + half - along;
                var place = FloorOfQuotient((long)(across - half) * length + (long)steps * slant, (long)length << Rasterizer.SubpixelBits);
                if (place < 0 || place >= places - 1) continue;
                var first = steep ? line * sizes.Width + (int)place : (int)place * sizes.Width + line;
                var second = first + (steep ? 1 : sizes.Width);
                var (inside, outside) = insideIsFirst ? (first, second) : (second, first);
                var share = (float)steps / length;
                var distance = 1 / (picture.Inverse[a] + share * (picture.Inverse[b] - picture.Inverse[a]));
                var reach = distance + picture.Bias * distance;
                if (picture.Triangle[inside] < 0 || !(picture.Depth[inside] <= reach) || picture.Depth[outside] <= reach) continue;
                var slot = (steep ? 1 : 2) * sizes.Pixels + first;
                if (!(distance < picture.Depth[slot])) continue;
                picture.Depth[slot] = distance;
                picture.Triangle[slot] = 2 * edge + (insideIsFirst ? 0 : 1);
            }
        }

        private static long FloorOfQuotient(long numerator, long denominator)
        {
            var (quotient, remainder) = Math.DivRem(numerator, denominator);
            return remainder != 0 && (remainder < 0) != (denominator < 0) ? quotient - 1 : quotient;
        }
    }

    /// <summary>
    /// A frame that is drawn: snapped corners and inverse distances of its vertices, depths and winners of the three planes, sides of its
    /// triangles, the bias as a share of the distance.
    /// </summary>
    private readonly struct Picture(long* corners, float* inverse, float* depth, int* triangle, Side* sides, float bias)
    {
        public readonly float* Inverse = inverse, Depth = depth;
        public readonly int* Triangle = triangle;
        public readonly Side* Sides = sides;
        public readonly float Bias = bias;

        public (int U, int V) Corner(int vertex) => ((int)corners[vertex], (int)(corners[vertex] >> 32));
    }
}
