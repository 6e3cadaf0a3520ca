namespace Fml.Native;

/// <summary>How a GPU multiplies matrices of single precision, convolutions among them.</summary>
public enum MatrixPrecision
{
    /// <summary>In single precision throughout.</summary>
    Single,

    /// <summary>
    /// Factors rounded to TF32 (10 bits of mantissa), sums in single precision, on tensor cores: several times as fast, with relative errors
    /// of about 1e-3. Needs compute capability 8.0; older GPUs multiply in single precision.
    /// </summary>
    TensorFloat32,
}
