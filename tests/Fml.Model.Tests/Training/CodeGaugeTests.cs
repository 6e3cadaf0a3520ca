using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class CodeGaugeTests
{
    private const int People = 9, Codes = 4, Columns = 600;

    [Fact]
    public void Faces_stay_while_codes_become_uncorrelated_of_mean_square_1_and_directions_orthogonal_strongest_first()
    {
        var random = new Random(4);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
        using var store = new ParameterStore(Device.Default);
        var table = store.Add<float>("codes", [People, Codes], Numbers(People * Codes));
        var basis = store.Add<float>("basis", [Codes, Columns], Numbers(Codes * Columns));
        var faces = Product(store.Get<float>(table), store.Get<float>(basis));
        CodeGauge.Fix(store, table, basis);
        float[] codes = store.Get<float>(table), directions = store.Get<float>(basis);
        Assert.True(faces.Zip(Product(codes, directions), (a, b) => Math.Abs(a - b)).Max() <= 1e-5);
        for (var i = 0; i < Codes; i++)
            for (var j = 0; j < Codes; j++)
            {
                var square = Enumerable.Range(0, People).Sum(p => (double)codes[p * Codes + i] * codes[p * Codes + j]) / People;
                Assert.True(Math.Abs(square - (i == j ? 1 : 0)) <= 1e-4, $"codes {i}, {j}: {square}");
                if (i == j) continue;
                var cosine = Dot(directions, i, j) / Math.Sqrt(Dot(directions, i, i) * Dot(directions, j, j));
                Assert.True(Math.Abs(cosine) <= 1e-4, $"directions {i}, {j}: {cosine}");
                if (i < j) Assert.True(Dot(directions, i, i) >= Dot(directions, j, j));
            }
    }

    private static double Dot(float[] directions, int i, int j) =>
        Enumerable.Range(0, Columns).Sum(k => (double)directions[i * Columns + k] * directions[j * Columns + k]);

    private static double[] Product(float[] codes, float[] directions) =>
    [
        .. Enumerable.Range(0, People * Columns).Select(n => Enumerable.Range(0, Codes).Sum(
            i => (double)codes[n / Columns * Codes + i] * directions[i * Columns + n % Columns])),
    ];
}
