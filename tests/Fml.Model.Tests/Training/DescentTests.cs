using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class DescentTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private static readonly TrainingOptions Looking = TinyRun.Training with
    {
        Separation = SeparationMode.Soft,
        Stages =
        [
            TinyRun.Training.Stages[0] with { Steps = 100, People = 6, Frames = 5 },
            new("appearance", CodeSource.Tables, StageTarget.Images, FreeParts.Light | FreeParts.AlbedoCodes, 1, 1, 1, 0) { ClosedForm = true },
            new("drawn faces", CodeSource.Network, StageTarget.DrawnFaces, FreeParts.LandmarkEncoder, 20, 4, 4, 0.01),
            new("looks again", CodeSource.Network, StageTarget.DrawnPictures, 0, 44, 4, 4, 0),
            new("looks at one frame", CodeSource.Network, StageTarget.DrawnPictures, 0, 20, 4, 1, 0),
        ],
    };

    private string Run()
    {
        var folder = Path.Combine(tiny.Folder, "looking");
        return Directory.Exists(folder) ? folder : tiny.Train("looking", Looking);
    }

    private static CropFrame[] Frames(FaceDataset dataset, int count) =>
        [.. Enumerable.Range(0, count).Select(i => CropFrame.Read(dataset, dataset.People[0].Frames[i % dataset.People[0].Frames.Length]))];

    [Theory]
    [InlineData("looks again", 1)]
    [InlineData("looks at one frame", 1.001)] // in a world this small its first look tells all there is to tell
    public void Looks_bring_drawn_people_nearer_to_what_made_them_and_none_away(string stage, double most)
    {
        var figures = MetricsLog.Read(Path.Combine(Run(), RunFolder.MetricsFile)).Last(s => s.Stage == stage).Values;
        double[] off = [figures["loss/shape before"], .. Enumerable.Range(1, DescentStep.Looks).Select(look => figures[$"loss/shape after look {look}"])];
        Assert.All(off.Zip(off.Skip(1)), pair => Assert.True(pair.Second < most * pair.First, string.Join(" ", off)));
        Assert.True(off[^1] < 0.8 * off[0], string.Join(" ", off));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(19)]
    public void Any_number_of_frames_in_any_order_gives_one_person_and_is_changed_by_the_looks(int count)
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        using var reconstructor = new FaceReconstructor(FaceModel.Load(Run()), Device.Default);
        var frames = Frames(dataset, count);
        var face = reconstructor.Reconstruct("a", frames);
        Assert.Equal(count, face.Frames.Length);
        Assert.All(face.Neutral, p => Assert.True(p.Length() < 1000));
        Assert.All(face.Frames, frame => Assert.True(frame.Translation.Z < -100 && frame.LandmarkError is > 0 and < 1, $"{frame.LandmarkError}"));
        var first = reconstructor.Neutral(reconstructor.Features(frames));
        Assert.True(face.Neutral.Zip(first, Vector3.Distance).Max() > 0.1);
        if (count > 8) return; // groups are of neighbours
        var reversed = reconstructor.Reconstruct("a", [.. frames.Reverse()]);
        Assert.True(face.Neutral.Zip(reversed.Neutral, Vector3.Distance).Max() <= 0.02);
    }

    [Fact]
    public void A_loaded_model_looks_as_the_run_that_learned_it_and_one_without_maps_looks_once()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        var frames = Frames(dataset, 3);
        using var trainer = Trainer.Open(dataset, tiny.Template, Looking, Run(), Device.Default);
        using var loaded = new FaceReconstructor(FaceModel.Load(Run()), Device.Default);
        Assert.Equal(trainer.Reconstructor().Reconstruct("a", frames).Neutral, loaded.Reconstruct("a", frames).Neutral);
        var model = trainer.Model;
        var maps = model.Weights.Keys.Where(name => name.Contains("descent", StringComparison.Ordinal));
        using var once = new FaceReconstructor(model with { Weights = model.Weights.RemoveRange(maps) }, Device.Default);
        Assert.Equal(once.Neutral(once.Features(frames)), once.Reconstruct("a", frames).Neutral);
    }

    [Fact]
    public void Frames_are_looked_at_by_the_maps_for_so_many_or_the_next_fewer()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        var frames = Frames(dataset, 5);
        var model = FaceModel.Load(Run());
        FaceReconstructor Without(Func<string, bool> maps) => new(
            model with { Weights = model.Weights.RemoveRange(model.Weights.Keys.Where(n => n.Contains("descent", StringComparison.Ordinal)).Where(maps)) },
            Device.Default);
        using var both = Without(_ => false);
        using var four = Without(name => !name.Contains("descent.4.", StringComparison.Ordinal));
        using var one = Without(name => !name.Contains("descent.1.", StringComparison.Ordinal));
        Vector3[] Of(FaceReconstructor reconstructor, int count) => [.. reconstructor.Reconstruct("a", frames[..count]).Neutral];
        Assert.Equal([1, 4], DescentStep.Learned(both.Store));
        foreach (var (count, used, other) in new[] { (1, one, four), (3, one, four), (4, four, one), (5, four, one) })
        {
            Assert.Equal(Of(both, count), Of(used, count));
            Assert.True(Of(both, count).Zip(Of(other, count), Vector3.Distance).Max() > 0.1);
            Assert.True(Of(other, count).Zip(other.Neutral(other.Features(frames[..count])), Vector3.Distance).Max() > 0.1); // rather than none
        }
    }

    [Fact]
    public void Interrupted_while_it_learns_to_look_a_run_goes_on_to_the_same_model()
    {
        var resumed = tiny.Interrupt("in two", 125, Looking); // after 100 + 1 + 20 steps before it
        tiny.Train("in two", Looking);
        Assert.Equal(TinyRun.Model(Run()), TinyRun.Model(resumed));
    }

    [Fact]
    public void A_pull_is_scaled_to_its_usual_size_and_bent_where_it_is_far_out()
    {
        using var store = new ParameterStore(Device.Default);
        var bases = new FaceBases(store, tiny.Template, DeformationGraph.Build(tiny.Template, 20), SeparationMode.Off, 2, 2);
        var step = DescentStep.All(store, bases, 4)[0];
        Assert.Empty(DescentStep.Learned(store));
        var b = tiny.Template.Expressions.Length;
        var width = 2 + 6 + b;
        float[] Rows(params float[] first) => [.. first.SelectMany(x => (float[])[x, .. new float[width - 1]])];
        step.ScaleTo(Rows(3, -4)); // a mean square of 12.5
        var told = step.Tell(Rows(0, (float)(20 * Math.Sqrt(12.5))), new float[2 * 136], new DescentNumbers([1, 2], new float[12], new float[2 * b], 1, 2));
        Assert.Equal(0, told.Pulls[0][0]);
        Assert.Equal(20 / 3.0, told.Pulls[1][0], 1e-4);
        Assert.Equal(0, told.Pulls[1][1]); // nothing ever pulled there

        // A map of which one entry is not 0: half the mean pull goes to the second code.
        var row = step.IdentityRow(told, [1, 2]);
        var map = new float[row.Length * 2];
        map[1] = 0.5f;
        step.Learn(new LinearMap(map, 2), new LinearMap(new float[step.FrameRows(told, [0, 0])[0].Length * (6 + b)], 6 + b));
        var (identity, frames) = step.Correct(told, [1, 2]);
        Assert.Equal(1, identity[0]);
        Assert.Equal(2 + 0.5 * (20 / 3.0) / 2, identity[1], 1e-4);
        Assert.All(frames.SelectMany(frame => frame), x => Assert.Equal(0, x));
    }
}
