using System.Runtime.CompilerServices;

namespace Fml.Native;

/// <summary>The left matrix of a product, given by how to pack it.</summary>
internal unsafe interface ILeftOperand<T> where T : unmanaged
{
    /// <summary>
    /// Writes <paramref name="rows"/> rows from <paramref name="row"/> on, <paramref name="depth"/> inner elements from
    /// <paramref name="inner"/> on, as <c>[depth][rows]</c>. May write up to 16 elements past the end.
    /// </summary>
    void Pack(int row, int rows, int inner, int depth, T* target);
}

/// <summary>The right matrix of a product, given by how to pack it.</summary>
internal unsafe interface IRightOperand<T> where T : unmanaged
{
    /// <summary>
    /// Writes <paramref name="columns"/> columns from <paramref name="column"/> on as <c>[depth][width]</c>, with zeros beyond the columns.
    /// </summary>
    void Pack(int column, int columns, int width, int inner, int depth, T* target);
}

/// <summary>A matrix in memory: element (i,j) is at <c>i RowStride + j ColumnStride</c>, and one of the strides is 1.</summary>
internal readonly unsafe struct Matrix<T>(T* data, nint rowStride, nint columnStride) : ILeftOperand<T>, IRightOperand<T>
    where T : unmanaged
{
    public readonly T* Data = data;
    public readonly nint RowStride = rowStride, ColumnStride = columnStride;

    /// <summary>True when the elements of a row are neighbours.</summary>
    public bool IsRowMajor => ColumnStride == 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* At(long row, long column) => Data + row * RowStride + column * ColumnStride;

    /// <summary>The matrix that lies some elements further.</summary>
    public Matrix<T> Moved(long elements) => new(Data + elements, RowStride, ColumnStride);

    /// <summary>The part from a row and a column on.</summary>
    public Matrix<T> From(long row, long column) => new(At(row, column), RowStride, ColumnStride);

    public Matrix<T> Transposed => new(Data, ColumnStride, RowStride);

    public void Pack(int row, int rows, int inner, int depth, T* target)
    {
        if (!IsRowMajor)
        {
            Packing.Copy(At(row, inner), ColumnStride, rows, rows, depth, target);
            return;
        }
        var lines = stackalloc T*[16];
        Packing.Lines(At(row, inner), RowStride, rows, lines);
        Packing.Transpose(lines, 0, rows, depth, target, rows);
    }

    public void Pack(int column, int columns, int width, int inner, int depth, T* target)
    {
        if (IsRowMajor) Packing.Copy(At(inner, column), RowStride, columns, width, depth, target);
        else Packing.TransposeWide(At(inner, column), ColumnStride, columns, width, depth, target);
    }
}
