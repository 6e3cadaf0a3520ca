namespace Fml.Graph.Tests;

public class SparseMatrixTests
{
    [Fact]
    public void Rows_of_entries_make_compressed_rows_empty_ones_too()
    {
        var matrix = SparseMatrix.OfRows(4, [[(0, 0.5), (3, 0.25)], [], [(1, -1)]]);
        Assert.Equal((3, 4), (matrix.Rows, matrix.Columns));
        Assert.Equal([0, 2, 2, 3], matrix.RowStart);
        Assert.Equal([0, 3, 1], matrix.Column);
        Assert.Equal([0.5, 0.25, -1], matrix.Weight);
    }

    [Fact]
    public void The_transposed_matrix_has_the_entries_of_each_column_as_a_row()
    {
        var transposed = SparseMatrix.OfRows(3, [[(0, 1), (2, 2)], [(2, 3)]]).Transposed();
        Assert.Equal((3, 2), (transposed.Rows, transposed.Columns));
        Assert.Equal([0, 1, 1, 3], transposed.RowStart);
        Assert.Equal([0, 0, 1], transposed.Column);
        Assert.Equal([1.0, 2, 3], transposed.Weight);
    }
}
