using Fml.Native;

namespace Fml.Model.Tests;

public class LaplacianModesTests
{
    [Fact]
    public void Modes_are_orthonormal_eigenvectors_from_the_lowest_up()
    {
        var graph = DeformationGraph.Build(TestMeshes.Sphere(50, 4).AsTemplate(), 80);
        var modes = LaplacianModes.Build(graph, 30);

        Assert.Equal(30, modes.Count);
        Assert.True(Math.Abs(modes.Eigenvalues[0]) <= 1e-9 && modes.Eigenvalues[1] > 1e-3);
        Assert.Equal(modes.Eigenvalues.Order(), modes.Eigenvalues);
        for (var a = 0; a < 30; a++)
        {
            var image = new double[80];
            foreach (var (i, j) in graph.Edges)
            {
                image[i] += modes[a][i] - modes[a][j];
                image[j] += modes[a][j] - modes[a][i];
            }
            for (var i = 0; i < 80; i++) Assert.True(Math.Abs(image[i] - modes.Eigenvalues[a] * modes[a][i]) <= 1e-8);
            for (var b = 0; b <= a; b++)
            {
                var dot = 0.0;
                for (var i = 0; i < 80; i++) dot += modes[a][i] * modes[b][i];
                Assert.True(Math.Abs(dot - (a == b ? 1 : 0)) <= 1e-9);
            }
        }
    }

    [Fact]
    public void Two_pieces_give_two_constant_modes()
    {
        var graph = DeformationGraph.Build(TestMeshes.Grid(12, 12).With(TestMeshes.Grid(12, 12)).AsTemplate(), 30);
        Assert.Equal(2, LaplacianModes.Build(graph, 30).Eigenvalues.Count(e => e <= 1e-9));
    }

    [Fact]
    public void More_modes_than_nodes_is_an_error_that_says_so()
    {
        var graph = DeformationGraph.Build(TestMeshes.Grid(8, 8).AsTemplate(), 10);
        Assert.Contains("10 modes", Assert.Throws<FmlException>(() => LaplacianModes.Build(graph, 11)).Message);
    }
}
