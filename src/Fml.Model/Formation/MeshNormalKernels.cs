using System.Numerics;
using System.Runtime.Intrinsics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Frames, vertices and triangles. All frames share the triangles, so the kernels take as many frames side by side as a vector of 32
/// bytes has lanes: in scratch, what belongs to a vertex or triangle lies as [group of frames, item, 3, lane], and a gather by index
/// fetches whole vectors.
/// </summary>
internal readonly record struct NormalSizes(int Frames, int Vertices, int Triangles, int Lanes)
{
    /// <summary>Groups of frames; the last one may have lanes without a frame.</summary>
    public int Groups => (Frames + Lanes - 1) / Lanes;

    public static NormalSizes Of(TensorType positions, Shape corners) =>
        new(positions.Shape[0], positions.Shape[2], corners[0] / 3, 32 / positions.Element.Size());

    /// <summary>Bytes of four numbers (a CUDA device moves three as four) for each item of each group.</summary>
    public long ScratchOf(int items) => 4L * 32 * Groups * items;
}

internal static unsafe class NormalKernels
{
    /// <summary>
    /// Operands: x [F,3,V], triangles [3T], corner starts [V+1], corners [3T], scratch [G,V,3,L] and [G,T,3,L], y [F,3,V].
    /// </summary>
    public static readonly KernelFamily<NormalSizes> Normals = new("mesh_normals", Forward<float>, Forward<double>, cuda: Cuda("normals_pack", "normals"));

    /// <summary>
    /// Operands: x, adjoint [F,3,V], triangles [3T], corner starts [V+1], corners [3T], scratch [G,V,3,L], [G,T,3,L] and [G,V,3,L], y
    /// [F,3,V].
    /// </summary>
    public static readonly KernelFamily<NormalSizes> Gradient = new(
        "mesh_normals_gradient", Backward<float>, Backward<double>,
        cuda: Cuda("normals_gradient_pack", "normals_gradient_sums", "normals_gradient"));

    private const int PerPiece = 2048, Block = 32;

    private static CudaBody<NormalSizes> Cuda(params string[] entries) =>
        new CudaBody<NormalSizes>(
            CudaSource.Embedded(typeof(NormalKernels).Assembly, "normals.cu"),
            (in NormalSizes sizes) => FrameGrid.Stages(sizes.Vertices, sizes.Frames, entries))
        .Define("LEAST_AREA", FormattableString.Invariant($"{MeshNormals.LeastArea:R}"));

    private static void Forward<T>(in NormalSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var mesh = new Mesh<T>(sizes, (int*)operands[1], (int*)operands[2], (int*)operands[3], (T*)operands[4], (T*)operands[5]);
        var (perVertex, perTriangle) = (sizes.Groups * Pieces(sizes.Vertices), sizes.Groups * Pieces(sizes.Triangles));
        workers.For(perVertex, new Interleave<T>(mesh, (T*)operands[0]));
        workers.For(perTriangle, new Crosses<T>(mesh));
        workers.For(perVertex, new Normalise<T>(mesh, (T*)operands[6]));
    }

    private static void Backward<T>(in NormalSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var mesh = new Mesh<T>(sizes, (int*)operands[2], (int*)operands[3], (int*)operands[4], (T*)operands[5], (T*)operands[6]);
        var (perVertex, perTriangle) = (sizes.Groups * Pieces(sizes.Vertices), sizes.Groups * Pieces(sizes.Triangles));
        workers.For(perVertex, new Interleave<T>(mesh, (T*)operands[0]));
        workers.For(perTriangle, new Crosses<T>(mesh));
        workers.For(perVertex, new SumAdjoint<T>(mesh, (T*)operands[1], (T*)operands[7]));
        workers.For(perTriangle, new TriangleAdjoint<T>(mesh, (T*)operands[7]));
        workers.For(perVertex, new PositionAdjoint<T>(mesh, (T*)operands[8]));
    }

    private static int Pieces(int count) => (count + PerPiece - 1) / PerPiece;

    /// <summary>The piece's group of frames and the range of vertices or triangles that it does.</summary>
    private static (int Group, int First, int End) Range(int piece, int count)
    {
        var pieces = Pieces(count);
        var first = piece % pieces * PerPiece;
        return (piece / pieces, first, Math.Min(count, first + PerPiece));
    }

    /// <summary>Three coordinates in each lane.</summary>
    private readonly struct Triple<T>(Vector256<T> x, Vector256<T> y, Vector256<T> z) where T : unmanaged, IFloatingPointIeee754<T>
    {
        public readonly Vector256<T> X = x, Y = y, Z = z;

        public static int Length => 3 * Vector256<T>.Count;

        public static Triple<T> Load(T* from) =>
            new(Vector256.Load(from), Vector256.Load(from + Vector256<T>.Count), Vector256.Load(from + 2 * Vector256<T>.Count));

        public void Store(T* to)
        {
            X.Store(to);
            Y.Store(to + Vector256<T>.Count);
            Z.Store(to + 2 * Vector256<T>.Count);
        }

        public static Triple<T> operator +(Triple<T> a, Triple<T> b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

        public static Triple<T> operator -(Triple<T> a, Triple<T> b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

        public static Triple<T> operator *(Triple<T> a, Vector256<T> b) => new(a.X * b, a.Y * b, a.Z * b);

        public static Vector256<T> Dot(Triple<T> a, Triple<T> b) => a.X * b.X + a.Y * b.Y + a.Z * b.Z;

        public static Triple<T> Cross(Triple<T> a, Triple<T> b) => new(a.Y * b.Z - a.Z * b.Y, a.Z * b.X - a.X * b.Z, a.X * b.Y - a.Y * b.X);
    }

    /// <summary>
    /// What the passes share: positions [G,V,3,L], and [G,T,3,L] that holds cross products, then the triangles' adjoints.
    /// </summary>
    private readonly struct Mesh<T>(NormalSizes sizes, int* triangles, int* start, int* corners, T* positions, T* perTriangle)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public readonly NormalSizes Sizes = sizes;
        public readonly int* Triangles = triangles, Start = start, Corners = corners;

        public T* Positions(int group) => OfVertices(positions, group);

        public T* PerTriangle(int group) => perTriangle + (long)group * Sizes.Triangles * Triple<T>.Length;

        public T* OfVertices(T* scratch, int group) => scratch + (long)group * Sizes.Vertices * Triple<T>.Length;

        /// <summary>The sum of cross products at a vertex and its inverse length, 0 where it is degenerate.</summary>
        public Triple<T> Sum(int vertex, T* crosses, out Vector256<T> inverse)
        {
            var sum = default(Triple<T>);
            for (var k = Start[vertex]; k < Start[vertex + 1]; k++)
                sum += Triple<T>.Load(crosses + (long)((uint)Corners[k] / 3) * Triple<T>.Length);
            var squared = Triple<T>.Dot(sum, sum);
            var least = Vector256.Create(T.CreateTruncating(MeshNormals.LeastArea * MeshNormals.LeastArea));
            inverse = Vector256.ConditionalSelect(
                Vector256.GreaterThan(squared, least), Vector256<T>.One / Vector256.Sqrt(squared), Vector256<T>.Zero);
            return sum;
        }

        /// <summary>Some vertices of planar frames [F,3,V] into lanes; lanes without a frame repeat the last one.</summary>
        public void Read(T* planar, int group, int first, int count, T* lanes)
        {
            for (var lane = 0; lane < Vector256<T>.Count; lane++)
            {
                var frame = Math.Min(group * Vector256<T>.Count + lane, Sizes.Frames - 1);
                for (var c = 0; c < 3; c++)
                {
                    var source = planar + (3L * frame + c) * Sizes.Vertices + first;
                    var target = lanes + c * Vector256<T>.Count + lane;
                    for (var i = 0; i < count; i++, target += Triple<T>.Length) *target = source[i];
                }
            }
        }

        /// <summary>The way back.</summary>
        public void Write(T* lanes, int group, int first, int count, T* planar)
        {
            var frames = Math.Min(Vector256<T>.Count, Sizes.Frames - group * Vector256<T>.Count);
            for (var lane = 0; lane < frames; lane++)
            {
                for (var c = 0; c < 3; c++)
                {
                    var source = lanes + c * Vector256<T>.Count + lane;
                    var target = planar + (3L * (group * Vector256<T>.Count + lane) + c) * Sizes.Vertices + first;
                    for (var i = 0; i < count; i++, source += Triple<T>.Length) target[i] = *source;
                }
            }
        }
    }

    private readonly struct Interleave<T>(Mesh<T> mesh, T* x) : IWork where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (group, first, end) = Range(piece, mesh.Sizes.Vertices);
            var target = mesh.Positions(group);
            for (var v = first; v < end; v += Block) mesh.Read(x, group, v, Math.Min(Block, end - v), target + (long)v * Triple<T>.Length);
        }
    }

    private readonly struct Crosses<T>(Mesh<T> mesh) : IWork where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (group, first, end) = Range(piece, mesh.Sizes.Triangles);
            var x = mesh.Positions(group);
            var target = mesh.PerTriangle(group);
            for (var t = first; t < end; t++)
            {
                var a = Triple<T>.Load(x + (long)mesh.Triangles[3 * t] * Triple<T>.Length);
                var b = Triple<T>.Load(x + (long)mesh.Triangles[3 * t + 1] * Triple<T>.Length);
                var c = Triple<T>.Load(x + (long)mesh.Triangles[3 * t + 2] * Triple<T>.Length);
                Triple<T>.Cross(b - a, c - a).Store(target + (long)t * Triple<T>.Length);
            }
        }
    }

    private readonly struct Normalise<T>(Mesh<T> mesh, T* normals) : IWork where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (group, first, end) = Range(piece, mesh.Sizes.Vertices);
            var crosses = mesh.PerTriangle(group);
            var block = stackalloc T[Block * Triple<T>.Length];
            for (var v = first; v < end; v += Block)
            {
                var count = Math.Min(Block, end - v);
                for (var i = 0; i < count; i++)
                {
                    var sum = mesh.Sum(v + i, crosses, out var inverse);
                    (sum * inverse).Store(block + i * Triple<T>.Length);
                }
                mesh.Write(block, group, v, count, normals);
            }
        }
    }

    private readonly struct SumAdjoint<T>(Mesh<T> mesh, T* adjoint, T* perVertex) : IWork where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (group, first, end) = Range(piece, mesh.Sizes.Vertices);
            var crosses = mesh.PerTriangle(group);
            var target = mesh.OfVertices(perVertex, group);
            var block = stackalloc T[Block * Triple<T>.Length];
            for (var v = first; v < end; v += Block)
            {
                var count = Math.Min(Block, end - v);
                mesh.Read(adjoint, group, v, count, block);
                for (var i = 0; i < count; i++)
                {
                    var normal = mesh.Sum(v + i, crosses, out var inverse) * inverse;
                    var a = Triple<T>.Load(block + i * Triple<T>.Length);
                    ((a - normal * Triple<T>.Dot(normal, a)) * inverse).Store(target + (long)(v + i) * Triple<T>.Length);
                }
            }
        }
    }

    private readonly struct TriangleAdjoint<T>(Mesh<T> mesh, T* perVertex) : IWork where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (group, first, end) = Range(piece, mesh.Sizes.Triangles);
            var source = mesh.OfVertices(perVertex, group);
            var target = mesh.PerTriangle(group);
            for (var t = first; t < end; t++)
            {
                var a = Triple<T>.Load(source + (long)mesh.Triangles[3 * t] * Triple<T>.Length);
                var b = Triple<T>.Load(source + (long)mesh.Triangles[3 * t + 1] * Triple<T>.Length);
                var c = Triple<T>.Load(source + (long)mesh.Triangles[3 * t + 2] * Triple<T>.Length);
                (a + b + c).Store(target + (long)t * Triple<T>.Length);
            }
        }
    }

    private readonly struct PositionAdjoint<T>(Mesh<T> mesh, T* result) : IWork where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (group, first, end) = Range(piece, mesh.Sizes.Vertices);
            var x = mesh.Positions(group);
            var perTriangle = mesh.PerTriangle(group);
            var block = stackalloc T[Block * Triple<T>.Length];
            for (var v = first; v < end; v += Block)
            {
                var count = Math.Min(Block, end - v);
                for (var i = 0; i < count; i++) Sum(v + i, x, perTriangle).Store(block + i * Triple<T>.Length);
                mesh.Write(block, group, v, count, result);
            }
        }

        private Triple<T> Sum(int vertex, T* x, T* perTriangle)
        {
            var sum = default(Triple<T>);
            for (var k = mesh.Start[vertex]; k < mesh.Start[vertex + 1]; k++)
            {
                var corner = mesh.Corners[k];
                var triangle = (int)((uint)corner / 3);
                var place = corner - 3 * triangle;
                var p = Triple<T>.Load(x + (long)mesh.Triangles[place == 2 ? corner - 2 : corner + 1] * Triple<T>.Length);
                var q = Triple<T>.Load(x + (long)mesh.Triangles[place == 0 ? corner + 2 : corner - 1] * Triple<T>.Length);
                sum += Triple<T>.Cross(p - q, Triple<T>.Load(perTriangle + (long)triangle * Triple<T>.Length));
            }
            return sum;
        }
    }
}
