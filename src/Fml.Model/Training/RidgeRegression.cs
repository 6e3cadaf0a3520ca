using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>
/// Ridge regression in which every output has the ridge that leaves least of the samples it was not learned from: cross-validation over folds
/// (Stone 1974), exact from the normal equations of the folds.
/// </summary>
/// <param name="Map">Learned from all samples.</param>
/// <param name="WithoutFold">For each fold, the map of the same ridges that was learned from the others: what to judge its samples by.</param>
internal sealed record RidgeRegression(LinearMap Map, LinearMap[] WithoutFold)
{
    // A ridge pulls a weight to zero like so many samples; the last leaves next to nothing of it.
    private static readonly double[] Ridges = [3, 10, 30, 100, 300, 1000, 3000, 10_000, 1e5, 1e7];

    /// <summary>What a map is to make of a row.</summary>
    public readonly record struct Sample(float[] Row, float[] Wanted);

    /// <summary>Learns from samples; a single fold is not judged and gets the firmest ridge.</summary>
    /// <param name="folds">At least one, with at least one sample in each; all rows have one length, and all that is wanted.</param>
    public static RidgeRegression Fit(IReadOnlyList<IReadOnlyList<Sample>> folds)
    {
        Equations[] parts = [.. folds.Select(Equations.Of)];
        var all = parts.Aggregate((a, b) => a + b);
        if (parts.Length == 1)
        {
            var only = Float(all.Solve(Ridges[^1]));
            return new RidgeRegression(only, [only]);
        }

        Matrix<double>[][] without = [.. parts.Select(part => (all - part) is var others ? Ridges.Select(others.Solve).ToArray() : [])];
        var outputs = all.Right.ColumnCount;
        int[] best =
        [
            .. Enumerable.Range(0, outputs).Select(
                j => Enumerable.Range(0, Ridges.Length).MinBy(r => parts.Zip(without, (part, maps) => part.Left(maps[r], j)).Sum())),
        ];
        LinearMap Chosen(Matrix<double>[] maps) => Float(DenseMatrix.OfColumnVectors(best.Select((r, j) => maps[r].Column(j))));
        return new RidgeRegression(Chosen([.. Ridges.Select(all.Solve)]), [.. without.Select(Chosen)]);
    }

    private static LinearMap Float(Matrix<double> map) => new([.. map.ToRowMajorArray().Select(x => (float)x)], map.ColumnCount);

    // X^T X, X^T Y, the sums of the squares of Y's columns, and the number of rows.
    private sealed record Equations(Matrix<double> Square, Matrix<double> Right, Vector<double> Wanted, int Count)
    {
        public static Equations Of(IReadOnlyList<Sample> samples)
        {
            var (inputs, outputs) = (samples[0].Row.Length, samples[0].Wanted.Length);
            Equations sum = new(new DenseMatrix(inputs, inputs), new DenseMatrix(inputs, outputs), new DenseVector(outputs), 0);
            foreach (var some in samples.Chunk(1024)) // as many as are cheap to hold in double
            {
                var x = DenseMatrix.Create(some.Length, inputs, (i, k) => some[i].Row[k]);
                var y = DenseMatrix.Create(some.Length, outputs, (i, j) => some[i].Wanted[j]);
                sum += new Equations(x.TransposeThisAndMultiply(x), x.TransposeThisAndMultiply(y), y.PointwiseMultiply(y).ColumnSums(), some.Length);
            }
            return sum;
        }

        public static Equations operator +(Equations a, Equations b) =>
            new(a.Square + b.Square, a.Right + b.Right, a.Wanted + b.Wanted, a.Count + b.Count);

        public static Equations operator -(Equations a, Equations b) =>
            new(a.Square - b.Square, a.Right - b.Right, a.Wanted - b.Wanted, a.Count - b.Count);

        public Matrix<double> Solve(double ridge)
        {
            const double unvarying = 1e-9; // where rows are all zero
            var damped = Square + DenseMatrix.OfDiagonalVector(Square.Diagonal() * (ridge / Count) + unvarying * Count);
            return damped.Cholesky().Solve(Right);
        }

        // Sum of the squares that a map leaves of an output: |y - X w|^2.
        public double Left(Matrix<double> map, int output)
        {
            var w = map.Column(output);
            return Wanted[output] - 2 * w.DotProduct(Right.Column(output)) + w.DotProduct(Square * w);
        }
    }
}
