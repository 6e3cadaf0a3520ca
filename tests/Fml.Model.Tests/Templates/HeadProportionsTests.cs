using System.Numerics;

namespace Fml.Model.Tests;

public class HeadProportionsTests
{
    private static readonly FaceTemplate Head = ProceduralHead.Create(2_500);

    private static double Deviation(Vector3[] shape)
    {
        var motion = Alignment.Align(shape, Head.Positions.AsSpan(), Head.EvaluationRegion.AsSpan());
        return Math.Sqrt(Head.EvaluationRegion.Average(i => (double)(motion.Apply(shape[i]) - Head.Positions[i]).LengthSquared()));
    }

    [Fact]
    public void The_mean_gives_the_template_exactly() =>
        Assert.Equal(Head.Positions, ProceduralHead.Shape(HeadProportions.Mean, 2_500));

    [Fact]
    public void People_vary_by_three_to_four_millimetres()
    {
        var random = new Random(5);
        double rms = Math.Sqrt(Enumerable.Range(0, 60).Average(_ =>
            Math.Pow(Deviation(ProceduralHead.Shape(HeadProportions.Draw(random), 2_500)), 2)));
        Assert.True(rms is >= 3 and <= 4.2, $"RMS {rms:f2} mm after rigid alignment");
    }

    [Fact]
    public void Every_proportion_changes_the_shape_and_none_is_a_caricature()
    {
        for (int i = 0; i < HeadProportions.Count; i++)
        {
            var values = new float[HeadProportions.Count];
            values[i] = 1;
            double deviation = Deviation(ProceduralHead.Shape(HeadProportions.FromValues(values), 2_500));
            Assert.True(deviation is > 0.05 and < 2.5, $"proportion {i} moves {deviation:f2} mm RMS");
        }
    }

    [Fact]
    public void Values_and_names_agree_and_wrong_counts_are_refused()
    {
        var drawn = HeadProportions.Draw(new Random(1));
        Assert.Equal(drawn, HeadProportions.FromValues(drawn.ToValues()));
        Assert.InRange(HeadProportions.Count, 25, 40);
        Assert.Throws<ArgumentException>(() => HeadProportions.FromValues([1, 2]));
    }

    [Fact]
    public void Triangles_stay_upright_in_extreme_people()
    {
        var random = new Random(9);
        for (int person = 0; person < 20; person++)
        {
            var shape = ProceduralHead.Shape(HeadProportions.Draw(random), 2_500);
            int turned = 0;
            for (int t = 0; t < Head.Triangles.Length; t += 3)
            {
                Vector3 Normal(ReadOnlySpan<Vector3> p) => Vector3.Cross(
                    p[Head.Triangles[t + 1]] - p[Head.Triangles[t]], p[Head.Triangles[t + 2]] - p[Head.Triangles[t]]);
                if (!(Vector3.Dot(Normal(shape), Normal(Head.Positions.AsSpan())) > 0)) turned++;
            }
            Assert.True(turned <= 0.002 * Head.TriangleCount, $"{turned} triangles turn over");
        }
    }
}
