using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Fml.Model.Tests;

public sealed class HtmlReportTests
{
    private static readonly string Page = HtmlReport.Render(SampleReport.Create());

    [Fact]
    public void The_page_asks_nothing_of_the_network()
    {
        Assert.DoesNotMatch(@"(src|href)\s*=\s*""(?!data:)", Page);
        Assert.DoesNotMatch(@"url\(|@import|http", Page);
    }

    [Fact]
    public void Every_chart_is_well_formed_and_holds_only_finite_coordinates()
    {
        var charts = Regex.Matches(Page, "<svg.*?</svg>", RegexOptions.Singleline);
        Assert.Equal(2 + 2 + 4, charts.Count); // accuracy; millimetres and correlation; losses
        Assert.All(charts, chart =>
        {
            XElement.Parse(chart.Value);
            Assert.DoesNotContain("NaN", chart.Value);
            Assert.DoesNotContain("\u221e", chart.Value);
        });
    }

    [Fact]
    public void Pictures_are_jpeg_data_and_captions_are_escaped()
    {
        Assert.Equal(14 + 12, Regex.Count(Page, "src=\"data:image/jpeg;base64,/9j/"));
        Assert.Contains("value &lt;1&gt;", Page);
        Assert.Contains("invented &amp; for layout only", Page);
    }

    [Fact]
    public void The_accuracy_sentence_speaks_of_four_frames_and_only_claims_what_the_interval_allows()
    {
        var table = SampleReport.Create().Accuracy!;
        Assert.Equal(
            "With 4 frames the network's neutral error is 3.00 mm where the mean face's is 3.46 mm (13 % less); "
            + "with scale 2.43 mm against 2.58 mm (6 % less).",
            AccuracySection.Sentence(table, "neutral error"));
        var unclear = table with { Network = [table.Network[0]] };
        Assert.EndsWith("with scale 2.55 mm against 2.58 mm (no clear difference).", AccuracySection.Sentence(unclear, "neutral error"));
    }

    [Fact]
    public void A_row_compares_people_one_by_one_with_their_mean_face()
    {
        static GeometryError Error(double rigid, double scaled) => new(new DistanceStatistics(rigid, 0), new DistanceStatistics(scaled, 0));
        var row = AccuracyRow.Of("network", 4, [Error(2, 1), Error(4, 3)], [Error(2.5, 1), Error(4.5, 3)]);
        Assert.Equal(3, row.Rigid.Mean, 1e-9);
        Assert.Equal(0.5, row.Rigid.Gain!.Value.Mean, 1e-9);
        Assert.Equal(0.5, row.Rigid.Gain.Value.Low, 1e-9); // both people gain the same
        Assert.Equal(0, row.Scaled.Gain!.Value.High, 1e-9);
        Assert.Null(AccuracyRow.Of("mean face", 0, [Error(2, 1)]).Rigid.Gain);
    }

    [Fact]
    public void A_report_with_nothing_but_a_title_is_a_page()
    {
        var page = HtmlReport.Render(new ReportData { Title = "Empty" });
        Assert.Contains("<h1>Empty</h1>", page);
        Assert.DoesNotContain("<h2>", page);
        Assert.DoesNotContain("<svg", page);
    }

    [Fact]
    public void Losses_of_one_value_or_none_still_draw()
    {
        var metrics = new[] { MetricSample.Of(1, 0, "a", ("loss/x", 2), ("loss/none", double.NaN), ("mm/zero", 0)) };
        var page = HtmlReport.Render(new ReportData { Title = "t", Metrics = [.. metrics] });
        Assert.DoesNotMatch(@"=""[^""]*NaN", page);
        Assert.Equal(3, Regex.Count(page, "<svg"));
    }

    [Fact]
    public void What_curves_are_compared_with_is_grey_and_takes_no_colour_from_them()
    {
        ChartSeries Curve(string label, bool isReference) => new(label, [new(0, 0), new(1, 99.335)]) { IsReference = isReference };
        var series = Enumerable.Range(1, 8).Select(i => Curve($"m{i}", false)).Prepend(Curve("mean", true));
        var chart = new LineChart("t", [.. series], [], Logarithmic: false, Smooth: false).Render();
        Assert.Contains("<i class=\"reference\"></i>mean <b>99.3</b>", chart);
        for (var i = 1; i <= 8; i++) Assert.Contains($"<i class=\"s{i - 1}\"></i>m{i} ", chart);
    }

    [Fact]
    public void A_loss_that_a_stage_does_not_have_leaves_a_gap()
    {
        var metrics = Enumerable.Range(0, 60).Select(i =>
            i is >= 20 and < 40 ? MetricSample.Of(i, i, "b", ("loss/y", 1)) : MetricSample.Of(i, i, i < 20 ? "a" : "c", ("loss/x", 2)));
        var chart = Assert.Single(MetricCharts.OfLosses([.. metrics]), chart => chart.Title == "x").Render();
        var path = Regex.Match(chart, "<path class=\"s0\" d=\"([^\"]*)\"");
        Assert.Equal(2, path.Groups[1].Value.Count(c => c == 'M'));
        Assert.Equal(38, path.Groups[1].Value.Count(c => c == 'L'));
    }

    [Fact]
    public void A_long_run_makes_no_long_page()
    {
        var charts = HtmlReport.Render(new ReportData { Title = "t", Metrics = SampleReport.Create(20_000).Metrics });
        Assert.True(charts.Length < 250_000, $"{charts.Length} characters");
    }

    [Theory]
    [InlineData(0.0123, 0.0456, true)]
    [InlineData(1e-6, 40, true)]
    [InlineData(3.01, 3.09, true)]
    [InlineData(-2, 9, false)]
    [InlineData(0.001, 0.0011, false)]
    public void An_axis_has_a_few_round_labels_within_its_range(double low, double high, bool logarithmic)
    {
        var scale = ChartScale.Around([low, high], logarithmic);
        var ticks = scale.Ticks(4);
        Assert.InRange(ticks.Length, 2, 9);
        Assert.All(ticks, tick => Assert.InRange(scale.At(tick), -1e-6, 1 + 1e-6));
        Assert.Equal(ticks.Length, ticks.Select(ChartScale.Label).Distinct().Count());
    }
}
