using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Unit normals of a mesh, <c>n_i = s_i / |s_i|</c> with <c>s_i = sum_t (x_b - x_a) x (x_c - x_a)</c> over the triangles at vertex i, that is weighted by
/// area; 0, and without influence on the gradient, where <c>|s_i|</c> is below <see cref="LeastArea"/>. Inputs: positions [F,3,V], then the three
/// constants of <see cref="MeshConstants"/>. Output [F,3,V].
/// </summary>
public sealed record MeshNormals : Primitive
{
    /// <summary>Least length of the sum of cross products, mm^2.</summary>
    public const double LeastArea = 1e-6;

    /// <summary>Normals of posed or unposed positions.</summary>
    /// <param name="positions">[F,3,V].</param>
    /// <param name="mesh">The triangles.</param>
    /// <returns>[F,3,V], unit length or 0.</returns>
    /// <exception cref="ShapeException">The positions are not those of the mesh.</exception>
    public static Node Of(Node positions, MeshConstants mesh) =>
        Node.Apply.Of(new MeshNormals(), positions, mesh.Triangles, mesh.CornerStart, mesh.Corner);

    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var vertices = inputs[2].Shape[0] - 1;
        return inputs[0].Element.IsFloat() && inputs[0].Shape.Rank == 3 && inputs[0].Shape[1] == 3 && inputs[0].Shape[2] == vertices
            ? inputs[0]
            : throw Mismatch("the positions", $"floating point of shape [F,3,{vertices}]", inputs[0]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint)
    {
        var x = output.Inputs;
        return [Node.Apply.Of(new MeshNormalsGradient(), x[0], adjoint, x[1], x[2], x[3]), null, null, null];
    }

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var sizes = NormalSizes.Of(lowering.OutputType.Shape, lowering.InputType(1).Shape);
        lowering.Run(
            NormalKernels.Normals.For(lowering.OutputType.Element), sizes,
            lowering.Input(0), lowering.Input(1), lowering.Input(2), lowering.Input(3),
            lowering.Scratch(3L * sizes.Frames * sizes.Triangles * lowering.OutputType.Element.Size()), lowering.Output);
    }
}

/// <summary>
/// The reverse of <see cref="MeshNormals"/>: with the adjoint <c>a_i</c> of <c>n_i</c>, <c>g_i = (a_i - n_i (n_i . a_i)) / |s_i|</c>; a triangle receives
/// <c>g_t = g_a + g_b + g_c</c>, and a vertex i with the other corners p, q (in the triangle's order) <c>sum_t (x_p - x_q) x g_t</c>. Inputs: positions
/// [F,3,V], adjoint [F,3,V], the constants of <see cref="MeshConstants"/>. Output [F,3,V]. There is no second derivative.
/// </summary>
public sealed record MeshNormalsGradient : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs) =>
        inputs[1] == inputs[0] ? inputs[0] : throw Mismatch("the adjoint", inputs[0].ToString(), inputs[1]);

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        throw new NotSupportedException("the gradient of vertex normals has no derivative itself");

    /// <inheritdoc/>
    public override void Lower(Lowering lowering)
    {
        var sizes = NormalSizes.Of(lowering.OutputType.Shape, lowering.InputType(2).Shape);
        var bytes = 3L * sizes.Frames * lowering.OutputType.Element.Size();
        lowering.Run(
            NormalKernels.Gradient.For(lowering.OutputType.Element), sizes,
            lowering.Input(0), lowering.Input(1), lowering.Input(2), lowering.Input(3), lowering.Input(4),
            lowering.Scratch(bytes * sizes.Triangles), lowering.Scratch(bytes * sizes.Vertices), lowering.Output);
    }
}

/// <summary>Frames, vertices and triangles.</summary>
internal readonly record struct NormalSizes(int Frames, int Vertices, int Triangles)
{
    public static NormalSizes Of(Shape positions, Shape corners) => new(positions[0], positions[2], corners[0] / 3);
}

internal static unsafe class NormalKernels
{
    /// <summary>Operands: x [F,3,V], triangles [3T], corner starts [V+1], corners [3T], scratch [F,T,3], y [F,3,V].</summary>
    public static readonly KernelFamily<NormalSizes> Normals = new("vertex_normals", Forward<float>, Forward<double>);

    /// <summary>Operands: x, adjoint [F,3,V], triangles [3T], corner starts [V+1], corners [3T], scratch [F,T,3] and [F,V,3], y [F,3,V].</summary>
    public static readonly KernelFamily<NormalSizes> Gradient = new("vertex_normals_gradient", Backward<float>, Backward<double>);

    private const int PerPiece = 4096;

    private static void Forward<T>(in NormalSizes sizes, ReadOnlySpan<nint> operands, Workers workers) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var mesh = new Mesh<T>(sizes, (T*)operands[0], (int*)operands[1], (int*)operands[2], (int*)operands[3], (T*)operands[4]);
        workers.For(sizes.Frames * Pieces(sizes.Triangles), new Crosses<T>(mesh));
        workers.For(sizes.Frames * Pieces(sizes.Vertices), new Normalise<T>(mesh, (T*)operands[5]));
    }

    private static void Backward<T>(in NormalSizes sizes, ReadOnlySpan<nint> operands, Workers workers) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var mesh = new Mesh<T>(sizes, (T*)operands[0], (int*)operands[2], (int*)operands[3], (int*)operands[4], (T*)operands[5]);
        workers.For(sizes.Frames * Pieces(sizes.Triangles), new Crosses<T>(mesh));
        workers.For(sizes.Frames * Pieces(sizes.Vertices), new SumAdjoint<T>(mesh, (T*)operands[1], (T*)operands[6]));
        workers.For(sizes.Frames * Pieces(sizes.Triangles), new TriangleAdjoint<T>(mesh, (T*)operands[6]));
        workers.For(sizes.Frames * Pieces(sizes.Vertices), new PositionAdjoint<T>(mesh, (T*)operands[7]));
    }

    private static int Pieces(int count) => (count + PerPiece - 1) / PerPiece;

    /// <summary>The piece's frame and the range of vertices or triangles that it does.</summary>
    private static (int Frame, int First, int End) Range(int piece, int count)
    {
        var pieces = Pieces(count);
        var first = piece % pieces * PerPiece;
        return (piece / pieces, first, Math.Min(count, first + PerPiece));
    }

    /// <summary>What all passes read; <c>perTriangle</c> [F,T,3] holds cross products, then the triangles' adjoints.</summary>
    private readonly struct Mesh<T>(NormalSizes sizes, T* x, int* triangles, int* start, int* corners, T* perTriangle)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public readonly NormalSizes Sizes = sizes;
        public readonly int* Triangles = triangles, Start = start, Corners = corners;

        public T* Positions(int frame) => x + 3L * frame * Sizes.Vertices;

        public T* PerTriangle(int frame) => perTriangle + 3L * frame * Sizes.Triangles;

        /// <summary>The sum of cross products at a vertex and its inverse length, 0 where it is degenerate.</summary>
        public T Sum(int vertex, T* crosses, out T sx, out T sy, out T sz)
        {
            sx = sy = sz = T.Zero;
            for (var k = Start[vertex]; k < Start[vertex + 1]; k++)
            {
                var cross = crosses + 3L * (int)((uint)Corners[k] / 3);
                sx += cross[0];
                sy += cross[1];
                sz += cross[2];
            }
            var squared = sx * sx + sy * sy + sz * sz;
            return squared > T.CreateChecked(MeshNormals.LeastArea * MeshNormals.LeastArea) ? T.One / T.Sqrt(squared) : T.Zero;
        }
    }

    private readonly struct Crosses<T>(Mesh<T> mesh) : IWork where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (frame, first, end) = Range(piece, mesh.Sizes.Triangles);
            var x = mesh.Positions(frame);
            var y = x + mesh.Sizes.Vertices;
            var z = y + mesh.Sizes.Vertices;
            var target = mesh.PerTriangle(frame) + 3L * first;
            for (var t = first; t < end; t++, target += 3)
            {
                var (a, b, c) = (mesh.Triangles[3 * t], mesh.Triangles[3 * t + 1], mesh.Triangles[3 * t + 2]);
                T ux = x[b] - x[a], uy = y[b] - y[a], uz = z[b] - z[a], vx = x[c] - x[a], vy = y[c] - y[a], vz = z[c] - z[a];
                target[0] = uy * vz - uz * vy;
                target[1] = uz * vx - ux * vz;
                target[2] = ux * vy - uy * vx;
            }
        }
    }

    private readonly struct Normalise<T>(Mesh<T> mesh, T* normals) : IWork where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (frame, first, end) = Range(piece, mesh.Sizes.Vertices);
            var count = mesh.Sizes.Vertices;
            var crosses = mesh.PerTriangle(frame);
            var target = normals + 3L * frame * count;
            for (var v = first; v < end; v++)
            {
                var inverse = mesh.Sum(v, crosses, out var sx, out var sy, out var sz);
                target[v] = sx * inverse;
                target[v + count] = sy * inverse;
                target[v + 2 * count] = sz * inverse;
            }
        }
    }

    private readonly struct SumAdjoint<T>(Mesh<T> mesh, T* adjoint, T* perVertex) : IWork where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (frame, first, end) = Range(piece, mesh.Sizes.Vertices);
            var count = mesh.Sizes.Vertices;
            var crosses = mesh.PerTriangle(frame);
            var source = adjoint + 3L * frame * count;
            var target = perVertex + 3L * ((long)frame * count + first);
            for (var v = first; v < end; v++, target += 3)
            {
                var inverse = mesh.Sum(v, crosses, out var sx, out var sy, out var sz);
                T nx = sx * inverse, ny = sy * inverse, nz = sz * inverse, ax = source[v], ay = source[v + count], az = source[v + 2 * count];
                var along = nx * ax + ny * ay + nz * az;
                target[0] = (ax - nx * along) * inverse;
                target[1] = (ay - ny * along) * inverse;
                target[2] = (az - nz * along) * inverse;
            }
        }
    }

    private readonly struct TriangleAdjoint<T>(Mesh<T> mesh, T* perVertex) : IWork where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (frame, first, end) = Range(piece, mesh.Sizes.Triangles);
            var source = perVertex + 3L * frame * mesh.Sizes.Vertices;
            var target = mesh.PerTriangle(frame) + 3L * first;
            for (var t = first; t < end; t++, target += 3)
            {
                T* a = source + 3L * mesh.Triangles[3 * t], b = source + 3L * mesh.Triangles[3 * t + 1], c = source + 3L * mesh.Triangles[3 * t + 2];
                target[0] = a[0] + b[0] + c[0];
                target[1] = a[1] + b[1] + c[1];
                target[2] = a[2] + b[2] + c[2];
            }
        }
    }

    private readonly struct PositionAdjoint<T>(Mesh<T> mesh, T* result) : IWork where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (frame, first, end) = Range(piece, mesh.Sizes.Vertices);
            var count = mesh.Sizes.Vertices;
            var x = mesh.Positions(frame);
            var y = x + count;
            var z = y + count;
            var perTriangle = mesh.PerTriangle(frame);
            var target = result + 3L * frame * count;
            for (var v = first; v < end; v++)
            {
                T sx = T.Zero, sy = T.Zero, sz = T.Zero;
                for (var k = mesh.Start[v]; k < mesh.Start[v + 1]; k++)
                {
                    var corner = mesh.Corners[k];
                    var triangle = (int)((uint)corner / 3);
                    var place = corner - 3 * triangle;
                    var p = mesh.Triangles[place == 2 ? corner - 2 : corner + 1];
                    var q = mesh.Triangles[place == 0 ? corner + 2 : corner - 1];
                    T ex = x[p] - x[q], ey = y[p] - y[q], ez = z[p] - z[q];
                    var g = perTriangle + 3L * triangle;
                    sx += ey * g[2] - ez * g[1];
                    sy += ez * g[0] - ex * g[2];
                    sz += ex * g[1] - ey * g[0];
                }
                target[v] = sx;
                target[v + count] = sy;
                target[v + 2 * count] = sz;
            }
        }
    }
}
