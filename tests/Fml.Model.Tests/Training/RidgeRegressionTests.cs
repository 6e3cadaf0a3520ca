namespace Fml.Model.Tests;

public sealed class RidgeRegressionTests
{
    private const int Inputs = 30;

    private static readonly float[] Weights = [.. Enumerable.Range(0, Inputs).Select(i => i % 3 - 1f)];

    // The first output is a sum of inputs and a little noise, the second noise alone.
    private static RidgeRegression.Sample[] Draw(Random random, int count) =>
    [
        .. Enumerable.Range(0, count).Select(_ =>
        {
            float[] row = [.. Enumerable.Range(0, Inputs - 1).Select(_ => random.Normal()), 0];
            return new RidgeRegression.Sample(row, [row.Zip(Weights, (x, w) => x * w).Sum() + 0.1f * random.Normal(), random.Normal()]);
        }),
    ];

    private static double Left(LinearMap map, RidgeRegression.Sample[] samples, int output) =>
        samples.Average(s => Math.Pow(map.Of(s.Row)[output] - s.Wanted[output], 2));

    [Fact]
    public void Every_output_has_the_ridge_that_suits_it()
    {
        var random = new Random(3);
        var regression = RidgeRegression.Fit([.. Enumerable.Range(0, 4).Select(_ => Draw(random, 20))]);
        var strangers = Draw(random, 2000);
        Assert.True(Left(regression.Map, strangers, 0) < 0.1, $"{Left(regression.Map, strangers, 0)} of {Weights.Sum(w => w * w)}");
        Assert.True(Left(regression.Map, strangers, 1) < 1.1, $"{Left(regression.Map, strangers, 1)} where nothing would leave 1"); // least squares: 1.6
        Assert.All(regression.Map.Values, x => Assert.True(float.IsFinite(x)));
    }

    [Fact]
    public void The_map_without_a_fold_knows_nothing_of_it()
    {
        var random = new Random(4);
        RidgeRegression.Sample[] Opposite() => [.. Draw(random, 200).Select(s => s with { Wanted = [-s.Wanted[0], 0] })];
        RidgeRegression.Sample[][] folds = [Draw(random, 200), Draw(random, 200), Opposite()];
        double Along(LinearMap map) => Weights.Select((w, i) => w * map.Values[2 * i]).Sum();
        var without = RidgeRegression.Fit(folds).WithoutFold;
        Assert.Equal(3, without.Length);
        Assert.True(Along(without[2]) > 5 * Math.Abs(Along(without[0])), $"{Along(without[2])} {Along(without[0])}"); // the others agree; here they do not
    }

    [Fact]
    public void One_fold_alone_gets_a_map_that_hardly_dares()
    {
        var regression = RidgeRegression.Fit([Draw(new Random(5), 50)]);
        Assert.Equal(regression.Map, Assert.Single(regression.WithoutFold));
        Assert.All(regression.Map.Values, x => Assert.True(Math.Abs(x) < 0.02));
    }
}
