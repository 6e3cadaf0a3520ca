using System.Numerics;

namespace Fml.Model.Tests;

public class SpreadBetweenPeopleTests
{
    private static readonly FaceTemplate Template = Faces.WithExpressions(TestMeshes.Sphere(60, 3), 4);
    private static readonly Vector3[][] People = Faces.People(Template, 8, 21);

    private static Vector3[] Mix(Vector3[] a, Vector3[] b, float weight) => [.. a.Zip(b, (x, y) => Vector3.Lerp(x, y, weight))];

    [Fact]
    public void When_everybody_has_the_mean_face_there_is_no_spread_and_no_correlation()
    {
        var mean = Template.Positions.ToArray();
        var moved = (Motions.Some with { Scale = 1 }).Apply(mean);
        var spread = SpreadBetweenPeople.Measure(Template, [.. People.Select(_ => new[] { mean, moved })], People);
        Assert.True(spread.Between <= 1e-4 && spread.Within <= 1e-4);
        Assert.Equal(0, spread.Correlation);
        Assert.True(spread.TruthBetween > 1);
    }

    [Fact]
    public void The_truth_itself_correlates_fully_wherever_it_stands_and_half_the_truth_too()
    {
        var moved = People.Select(p => new[] { (Motions.Some with { Scale = 1 }).Apply(p) }).ToArray();
        var spread = SpreadBetweenPeople.Measure(Template, moved, People);
        Assert.Equal(1, spread.Correlation!.Value, 1e-5);
        Assert.Equal(spread.TruthBetween!.Value, spread.Between, 1e-3);
        Assert.Null(spread.Within);
        Assert.Null(spread.Ratio);

        var mean = Template.Positions.ToArray();
        var half = SpreadBetweenPeople.Measure(Template, [.. People.Select(p => new[] { Mix(mean, p, 0.5f) })], People);
        Assert.True(half.Correlation > 0.98);
        Assert.InRange(half.Between / half.TruthBetween!.Value, 0.48, 0.52);
    }

    [Fact]
    public void People_mixed_up_do_not_correlate()
    {
        var others = SpreadBetweenPeople.Measure(Template, [.. People.Select((_, i) => new[] { People[(i + 1) % 8] })], People);
        Assert.True(others.Correlation < 0.3, $"{others.Correlation}");
    }

    [Fact]
    public void Spread_within_and_between_are_root_mean_squares_of_pairs()
    {
        var (a, b) = (Template.Positions.ToArray(), People[0]);
        Vector3[] Still(Vector3[] shape) => Alignment.Align(shape, a, Template.EvaluationRegion.AsSpan()).Apply(shape);
        double Difference(Vector3[] x, Vector3[] y) =>
            Math.Sqrt(Still(x).Zip(Still(y), (p, q) => (double)Vector3.DistanceSquared(p, q)).Average());

        var middle = Mix(a, b, 0.25f);
        var spread = SpreadBetweenPeople.Measure(Template, [[a, middle], [b]]);
        Assert.Equal(Difference(a, middle), spread.Within!.Value, 1e-4);
        var between = Math.Sqrt((Math.Pow(Difference(a, b), 2) + Math.Pow(Difference(middle, b), 2)) / 2);
        Assert.Equal(between, spread.Between, 1e-4);
        Assert.Equal(spread.Between / spread.Within.Value, spread.Ratio!.Value, 1e-12);
        Assert.Equal(Difference(a, b), SpreadBetweenPeople.Measure(Template, [[a], [b]]).Between, 1e-4);
        Assert.Equal(0, SpreadBetweenPeople.Measure(Template, [[a]]).Between);
    }

    [Fact]
    public void The_interval_is_Students()
    {
        var interval = MeanInterval.Of([1, 2, 3, 4, 5]);
        Assert.Equal(3, interval.Mean);
        Assert.Equal(3 - 2.776445 * Math.Sqrt(2.5 / 5), interval.Low, 1e-5);
        Assert.True(interval.IsAboveZero);
        Assert.False(MeanInterval.Of([1]).IsAboveZero);
        Assert.Equal((2, 2, 2), (MeanInterval.Of([2, 2, 2]).Low, MeanInterval.Of([2, 2, 2]).Mean, MeanInterval.Of([2, 2, 2]).High));
    }

    [Fact]
    public void An_improvement_is_counted_person_by_person()
    {
        static GeometryError Error(double rigid, double scaled) => new(new(rigid, 1), new(scaled, 1));
        var improvement = ImprovementOverMean.Of(
            [(Error(3, 2), Error(2, 2.5)), (Error(6, 2), Error(4.9, 2.5)), (Error(4, 2), Error(3.1, 2.5))]);
        Assert.Equal(1, improvement.Rigid.Mean, 1e-9);
        Assert.True(improvement.Rigid.IsAboveZero);
        Assert.Equal(-0.5, improvement.Scaled.High, 1e-9);
    }
}
