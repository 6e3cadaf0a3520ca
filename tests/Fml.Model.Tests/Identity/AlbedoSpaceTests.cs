namespace Fml.Model.Tests;

public sealed class AlbedoSpaceTests
{
    private const int Size = 30;

    private static readonly double[] Usual = [.. Enumerable.Range(0, Size).Select(i => 0.4 + 0.01 * i)];

    // Two patterns, the first the stronger, in amounts that have mean 0 and are uncorrelated; twice as bright in the green as is usual.
    private static double[] Albedo(double first, double second) =>
        [.. Usual.Select((x, i) => (i / (Size / 3) == 1 ? 2 : 1) * (x + 0.1 * first * ((i % 10) - 4.5) / 4.5 + 0.05 * second * (i % 2 == 0 ? 1 : -1)))];

    private static readonly (double First, double Second)[] People = [(1, 1), (1, -1), (-1, 1), (-1, -1)];

    private static double[][] Albedos => [.. People.Select(p => Albedo(p.First, p.Second))];

    [Fact]
    public void Mean_directions_and_codes_give_every_albedo_back_at_the_usual_brightness()
    {
        var offsets = Albedos;
        var space = AlbedoSpace.Of(offsets, Usual, 2);
        Assert.Equal(2, space.Directions.Length);
        for (var p = 0; p < People.Length; p++)
        {
            var codes = space.Codes(offsets[p]);
            for (var i = 0; i < Size; i++)
            {
                var expected = Albedo(People[p].First, People[p].Second)[i] / (i / (Size / 3) == 1 ? 2 : 1);
                Assert.Equal(expected, space.Mean[i] + codes[0] * space.Directions[0][i] + codes[1] * space.Directions[1][i], 6);
            }
        }
    }

    [Fact]
    public void Codes_have_mean_square_1_and_the_strongest_direction_comes_first()
    {
        var offsets = Albedos;
        var space = AlbedoSpace.Of(offsets, Usual, 2);
        var codes = offsets.Select(space.Codes).ToArray();
        for (var k = 0; k < 2; k++) Assert.Equal(1, codes.Average(code => code[k] * code[k]), 6);
        Assert.True(Columns.Norm(space.Directions[0]) > Columns.Norm(space.Directions[1]));
    }

    [Fact]
    public void A_new_albedo_has_the_codes_that_it_would_have_had_among_the_others()
    {
        var offsets = Albedos;
        var space = AlbedoSpace.Of(offsets, Usual, 2);
        Assert.Equal(space.Codes(offsets[1]), space.Codes(space.Offset(Albedos[1])), (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void One_person_gives_a_mean_and_no_direction() => Assert.Empty(AlbedoSpace.Of([Albedo(1, 0)], Usual, 4).Directions);
}
