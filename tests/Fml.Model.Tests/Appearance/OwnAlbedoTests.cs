using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class OwnAlbedoTests
{
    private const int People = 2, Frames = 4, Vertices = 50;

    private readonly Random random = new(4);

    private float[] Numbers(int count, double low, double high) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(low + (high - low) * random.NextDouble()))];

    private static float[] Run(Node output)
    {
        using var store = new ParameterStore(Device.Default);
        using var program = GraphProgram.Compile(store, [output]);
        program.Run();
        return program.Get<float>(output);
    }

    // Everybody's albedo as his frames show it, spoiled where a frame shows something else.
    private (float[] Truth, float[] Found) Solve(Func<int, int, bool> unseen, Func<int, int, bool> covered, double? scale, float expected = 0.5f)
    {
        var truth = Numbers(People * 3 * Vertices, 0.3, 0.8);
        var shading = Numbers(People * Frames * 3 * Vertices, 0.5, 1.2);
        var (colours, weights) = (new float[shading.Length], new float[People * Frames * Vertices]);
        for (var f = 0; f < People * Frames; f++)
            for (var v = 0; v < Vertices; v++)
            {
                weights[f * Vertices + v] = unseen(f, v) ? 0 : 1;
                for (var c = 0; c < 3; c++)
                {
                    var at = (3 * f + c) * Vertices + v;
                    colours[at] = covered(f, v) ? 0.05f : truth[(3 * (f / Frames) + c) * Vertices + v] * shading[at];
                }
            }
        Shape planes = [People * Frames, 3, Vertices];
        var seen = new SeenColours(
            Ops.Constant<float>(colours, planes), Ops.Constant<float>(new float[colours.Length], planes),
            Ops.Constant<float>(weights, [People * Frames, Vertices]));
        var usual = Ops.Constant<float>([.. Enumerable.Repeat(expected, truth.Length)], [People, 3, Vertices]);
        return (truth, Run(OwnAlbedo.Of(seen, Ops.Constant<float>(shading, planes), usual, scale)));
    }

    private static double Off(float[] truth, float[] found) => truth.Zip(found, (a, b) => (double)Math.Abs(a - b)).Max();

    [Fact]
    public void What_all_frames_show_is_found_but_for_the_pull_to_what_is_expected()
    {
        var (truth, found) = Solve((_, _) => false, (_, _) => false, null);
        // Four frames of shadings of at least 0.5 count 1, the expected one 0.3, and it is off by 0.3 at most.
        Assert.True(Off(truth, found) <= 0.3 * 0.3 / 1.3, $"{Off(truth, found)}");
        Assert.True(truth.Zip(found).All(pair => Math.Abs(pair.Second - 0.5) <= Math.Abs(pair.First - 0.5) + 1e-6));
    }

    [Fact]
    public void What_no_frame_shows_is_as_expected()
    {
        var (_, found) = Solve((_, v) => v < 7, (_, _) => false, 0.05, expected: 0.4f);
        for (var plane = 0; plane < People * 3; plane++)
            for (var v = 0; v < 7; v++) Assert.Equal(0.4f, found[plane * Vertices + v], 1e-6f);
    }

    [Fact]
    public void What_covers_one_frame_counts_little_where_differences_stand_out()
    {
        bool Covered(int frame, int vertex) => frame % Frames == 1 && vertex % 3 == 0;
        double Mean((float[] Truth, float[] Found) solved) => Enumerable.Range(0, solved.Truth.Length)
            .Where(i => i % Vertices % 3 == 0).Average(i => Math.Abs(solved.Truth[i] - solved.Found[i]));
        var (alike, robust) = (Mean(Solve((_, _) => false, Covered, null)), Mean(Solve((_, _) => false, Covered, 0.05)));
        Assert.True(robust < 0.75 * alike, $"{alike} -> {robust}");
    }
}
