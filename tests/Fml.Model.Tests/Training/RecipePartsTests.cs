using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class RecipePartsTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private static readonly StageOptions Drawn =
        new("drawn faces", CodeSource.Network, StageTarget.DrawnFaces, FreeParts.LandmarkEncoder, 6, 4, 2, 0.01);

    private static TrainingOptions After(StageOptions stage) =>
        TinyRun.Training with { Stages = [.. TinyRun.Training.Stages[..2], stage] };

    private ImmutableArray<Vector3> Neutral(string run, bool blackened)
    {
        using var reconstructor = new FaceReconstructor(FaceModel.Load(run), Device.Default);
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        var frames = dataset.People[0].Frames.Take(2).Select(frame => CropFrame.Read(dataset, frame));
        if (blackened) frames = frames.Select(frame => frame with { Rgb = new byte[frame.Rgb.Length] });
        return reconstructor.Reconstruct("someone", [.. frames]).Neutral;
    }

    [Fact]
    public void After_a_stage_of_drawn_faces_shapes_do_not_depend_on_the_pictures_and_after_the_next_they_do()
    {
        var drawn = tiny.Train("drawn", After(Drawn));
        Assert.Equal(Neutral(drawn, blackened: false), Neutral(drawn, blackened: true));

        var options = After(Drawn);
        var sighted = tiny.Train("sighted", options with { Stages = [.. options.Stages, TinyRun.Training.Stages[2] with { Rate = 0.01 }] });
        Assert.NotEqual(Neutral(sighted, blackened: false), Neutral(sighted, blackened: true));
    }

    [Fact]
    public void Drawn_faces_teach_the_network_to_read_landmarks()
    {
        var folder = tiny.Train("drawn-loss", After(Drawn with { Steps = 400 }));
        var samples = MetricsLog.Read(Path.Combine(folder, RunFolder.MetricsFile)).Where(s => s.Stage == Drawn.Name).ToArray();
        foreach (var part in new[] { "shape", "pose" })
        {
            var (first, last) = (samples[0].Values[$"loss/{part}"], samples[^5..].Average(s => s.Values[$"loss/{part}"]));
            Assert.True(last < 0.7 * first, $"{part}: {first} -> {last}");
        }
    }

    [Fact]
    public void A_run_that_was_interrupted_among_drawn_faces_equals_one_that_was_not_bit_for_bit()
    {
        var whole = tiny.Train("drawn-whole", After(Drawn));
        tiny.Interrupt("drawn-interrupted", TinyRun.Training.Stages[..2].Sum(stage => stage.Steps) + 3, After(Drawn));
        Assert.Equal(TinyRun.Model(whole), TinyRun.Model(tiny.Train("drawn-interrupted", After(Drawn))));
    }

    [Fact]
    public void Drawn_faces_need_a_network_that_reads_landmarks()
    {
        var error = Assert.Throws<FmlException>(
            () => tiny.Train("drawn-unread", After(Drawn) with { Encoder = TinyRun.TinyEncoder with { Landmarks = [] } }));
        Assert.Contains(Drawn.Name, error.Message);
    }

    [Fact]
    public void The_usual_light_is_the_mean_of_the_lights_that_the_tables_hold_in_the_end()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        using var trainer = Trainer.Open(dataset, tiny.Template, After(Drawn), Path.Combine(tiny.Folder, "usual-light"), Device.Default);
        float[] Usual() => trainer.Store.Get<float>(trainer.Bases.UsualLight);
        Assert.Equal(FrameParameters.WhiteAmbient, Usual());
        trainer.Run(cancel: TestContext.Current.CancellationToken);
        var raw = trainer.Store.Get<float>(trainer.Tables.Light).Chunk(FrameParameters.LightCount).ToArray();
        var off = Usual().Select((x, i) => Math.Abs(x - FrameParameters.WhiteAmbient[i] - 0.5f * raw.Average(row => row[i]))).Max();
        Assert.True(off < 1e-5, $"{off}");
        Assert.NotEqual(FrameParameters.WhiteAmbient, Usual());
    }

    [Fact]
    public void Where_the_template_is_the_mean_the_shapes_of_the_tables_have_the_template_as_their_mean()
    {
        double MeanShift(bool mean)
        {
            var options = TinyRun.Training with { TemplateIsMean = mean, Stages = TinyRun.Training.Stages[..3] };
            using var dataset = FaceDataset.Open(tiny.DatasetFolder);
            var folder = Path.Combine(tiny.Folder, $"mean-{mean}");
            using var trainer = Trainer.Open(dataset, tiny.Template, options, folder, Device.Default);
            trainer.Run(cancel: TestContext.Current.CancellationToken);
            var codes = trainer.Store.Get<float>(trainer.Tables.Shape);
            return Enumerable.Range(0, options.ShapeCodes)
                .Max(c => Math.Abs(Enumerable.Range(0, codes.Length / options.ShapeCodes).Average(p => codes[p * options.ShapeCodes + c])));
        }

        Assert.True(MeanShift(true) < 1e-5);
        Assert.True(MeanShift(false) > 1e-3);
    }

    [Fact]
    public void A_given_shape_basis_stays_as_it_was_given()
    {
        Vector3[][] shapes =
        [
            .. Enumerable.Range(0, TinyRun.Training.ShapeCodes)
                .Select(k => tiny.Template.Positions.Select(p => new Vector3(0, 0, MathF.Sin(0.02f * (k + 1) * p.X))).ToArray()),
        ];
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        var options = TinyRun.Training with { GivenShapeBasis = "waves", Separation = SeparationMode.Off };
        float[] Basis(string name)
        {
            using var trainer = Trainer.Open(dataset, tiny.Template, options, Path.Combine(tiny.Folder, name), Device.Default, shapes);
            if (name == "given-trained") trainer.Run(cancel: TestContext.Current.CancellationToken);
            return trainer.Store.Get<float>(trainer.Bases.ShapeBasis);
        }

        Assert.Equal(Basis("given-new"), Basis("given-trained"));
        var error = Assert.Throws<FmlException>(
            () => Trainer.Open(dataset, tiny.Template, options, Path.Combine(tiny.Folder, "given-few"), Device.Default, shapes[..2]));
        Assert.Contains("waves", error.Message);
    }

    [Fact]
    public void Leaving_a_loss_out_leaves_it_out_of_every_stage_and_nothing_else()
    {
        static double[] Weights(StageOptions stage) =>
        [
            stage.Weights.Photometric, stage.Weights.Landmarks, stage.Weights.Smoothness, stage.Weights.Sparsity,
            stage.Weights.Expression, stage.Weights.Distance, stage.Weights.Sliding, stage.Weights.Asymmetry,
            stage.Weights.Bending,
        ];

        foreach (var part in Enum.GetValues<LossPart>())
        {
            var whole = Recipes.Many(160); // a recipe that weighs every loss somewhere
            Assert.Contains(whole.Stages, stage => Weights(stage)[(int)part] > 0);
            var looks = part == LossPart.Photometric ? 0 : 3; // they are looks at colours
            Assert.Equal(looks, whole.Without(part).Stages.Count(stage => stage.Target == StageTarget.DrawnPictures));
            var others = whole.Stages.Where(stage => looks > 0 || stage.Target != StageTarget.DrawnPictures);
            Assert.All(whole.Without(part).Stages.Zip(others), pair =>
            {
                var (now, before) = (Weights(pair.First), Weights(pair.Second));
                Assert.Equal(0, now[(int)part]);
                for (var i = 0; i < now.Length; i++) Assert.True(i == (int)part || now[i] == before[i]);
            });
        }
        var samples = MetricsLog.Read(Path.Combine(
            tiny.Train("no-photometric", TinyRun.Training.Without(LossPart.Photometric)), RunFolder.MetricsFile));
        Assert.DoesNotContain(samples, sample => sample.Values.ContainsKey("loss/photometric"));
    }

    [Fact]
    public void A_single_frame_a_person_keeps_the_number_of_frames_a_step()
    {
        var single = TinyRun.Training.SingleFrame();
        Assert.All(single.Stages.Zip(TinyRun.Training.Stages), pair =>
        {
            Assert.Equal(pair.Second.People * pair.Second.Frames, pair.First.People * pair.First.Frames);
            Assert.Equal(pair.Second.Codes == CodeSource.Network ? 1 : pair.Second.Frames, pair.First.Frames);
        });
        Assert.Equal(1, Assert.Single(Recipes.Many(160).SingleFrame().Stages, stage => stage.Target == StageTarget.DrawnPictures).Frames);
    }

    [Fact]
    public void What_a_synthetic_dataset_states_of_distances_is_what_the_prior_expects()
    {
        using var dataset = FaceDataset.Open(tiny.DatasetFolder);
        var prior = DistancePrior.Of(dataset)!;
        Assert.Equal(tiny.Clips.DistanceMedian, prior.Median);
        Assert.True(Math.Abs(prior.Deviation - tiny.Clips.DistanceDeviation) < 1e-6);
    }

    [Fact]
    public void The_part_with_the_landmarks_slides_the_jaw_as_the_whole_template_does()
    {
        var graph = DeformationGraph.Build(tiny.Template, 40);
        var random = new Random(3);
        float[] Draw(int n, double size) => [.. Enumerable.Range(0, n).Select(_ => (float)(size * (2 * random.NextDouble() - 1)))];
        var (d, pose) = (Draw(3 * 40, 3), Draw(6, 1));
        float[] Landmarks(FaceGeometry geometry)
        {
            var frame = FrameParameters.Of(
                Ops.Constant<float>(pose, [1, 6]), Ops.Constant<float>(new float[tiny.Template.Expressions.Length], [1, tiny.Template.Expressions.Length]),
                Ops.Constant<float>(new float[27], [1, 27]), Ops.Constant<float>([217, 24, 24], [1, 3]), tiny.Template, 48);
            var face = geometry.Pose(Ops.Constant<float>(d, [1, 3, 40]), frame, Ops.Constant<float>([217, 24, 24], [1, 3]));
            var points = LandmarkPoints.Of(geometry.Constants, face.Projected, face.Positions, face.Normals);
            using var store = new ParameterStore(Device.Default);
            using var program = GraphProgram.Compile(store, [points]);
            program.Run();
            return program.Get<float>(points);
        }

        var (part, whole) = (Landmarks(FaceGeometry.Landmarks(tiny.Template, graph)), Landmarks(FaceGeometry.Whole(tiny.Template, graph)));
        Assert.True(part.Zip(whole).Max(pair => Math.Abs(pair.First - pair.Second)) < 1e-3);
    }
}
