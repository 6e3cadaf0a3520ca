namespace Fml.Model;

/// <summary>A matrix that rows are multiplied with.</summary>
/// <param name="Values">[inputs, outputs], row by row.</param>
/// <param name="Outputs">Columns.</param>
internal sealed record LinearMap(float[] Values, int Outputs)
{
    /// <summary>The row [inputs] times the matrix, [outputs].</summary>
    public float[] Of(ReadOnlySpan<float> row)
    {
        var sum = new double[Outputs];
        for (var i = 0; i < row.Length; i++)
            for (var j = 0; j < sum.Length; j++) sum[j] += (double)row[i] * Values[i * Outputs + j];
        return [.. sum.Select(x => (float)x)];
    }
}
