using Fml.Graph;

namespace Fml.Model;

/// <summary>
/// Learns the steps of <see cref="FaceDescent"/> from pictures of drawn people (<see cref="DrawnPictures"/>), whose truth is known: look by look,
/// each by ridge regression on where the looks before have brought them. There everybody is brought by maps that were learned from others
/// (cross-fitting), since later looks are to correct what is left of strangers.
/// </summary>
internal sealed class DescentLearner(
    ParameterStore store, FaceBases bases, TrainingGraph graph, TrainingData data, BatchSampler sampler, CodeDistribution distribution)
{
    private const int Folds = 4;

    /// <summary>Learns all steps for the stage's number of frames and stores them.</summary>
    /// <param name="stage">Batches of how many people and frames; as many steps as batches for each look.</param>
    /// <param name="number">The stage's number, for the sampler.</param>
    /// <param name="progress">Told of the share done.</param>
    /// <param name="cancel">Stops between batches; nothing has changed then.</param>
    /// <returns>What strangers' identities are off by before the first look and after each, mm^2 a coordinate of a node.</returns>
    public double[] Learn(StageOptions stage, int number, Action<double>? progress, CancellationToken cancel)
    {
        var people = Math.Min(stage.People, data.People.Length);
        var frames = people * stage.Frames;
        var inputs = BatchInputs.Of(people, stage.Frames, data.ImageSize);
        var drawn = DrawnInputs.Of(distribution, people, frames);
        var held = DescentState.Inputs(bases, people, frames);
        var (first, truth, pull) = graph.LookingAtDrawnFaces(inputs, drawn, held);
        using var draw = GraphProgram.Compile(store, [first.Identity, first.Pose, first.Expression, truth.Identity, truth.Pose, truth.Expression]);
        using var look = GraphProgram.Compile(store, [pull.Gradient, pull.Landmarks]);

        void Feed(GraphProgram program, int step)
        {
            TrainingData.Feed(program, inputs, data.Load(sampler.Draw(number, step, people, stage.Frames), program.Reads(inputs.Images)));
            program.Set<float>(drawn.Deviates, sampler.Deviates(number, step, drawn.Deviates.Shape.Count));
            program.Set<int>(drawn.Expressions, sampler.FramesOfAnybody(number, step, people, stage.Frames));
        }

        var (states, truths) = (new DescentNumbers[stage.Steps], new DescentNumbers[stage.Steps]);
        for (var batch = 0; batch < stage.Steps; batch++)
        {
            Feed(draw, batch);
            draw.Run();
            (states[batch], truths[batch]) = (first.Read(draw), truth.Read(draw));
        }

        var steps = DescentStep.All(store, bases, stage.Frames);
        var off = new List<double> { Off(states, truths) };
        foreach (var (step, n) in steps.Select((step, n) => (step, n)))
        {
            var told = new DescentStep.Told[stage.Steps][];
            for (var batch = 0; batch < stage.Steps; batch++)
            {
                cancel.ThrowIfCancellationRequested();
                Feed(look, batch);
                held.Feed(look, states[batch]);
                look.Run();
                var gradients = look.Get<float>(pull.Gradient);
                if (batch == 0) step.ScaleTo(gradients);
                told[batch] = ByPerson(step.Tell(gradients, look.Get<float>(pull.Landmarks), states[batch]), people);
                progress?.Invoke((n + (batch + 1.0) / stage.Steps) / steps.Length);
            }
            states = Fit(step, told, states, truths);
            off.Add(Off(states, truths));
        }
        foreach (var step in steps) step.Save();
        return [.. off];
    }

    private static DescentStep.Told[] ByPerson(DescentStep.Told told, int people) =>
    [
        .. told.Pulls.Chunk(told.Pulls.Length / people).Zip(
            told.Beside.Chunk(told.Beside.Length / people), (pulls, beside) => new DescentStep.Told(pulls, beside)),
    ];

    // Gives the step its maps, and where it brings everybody by those of others.
    private static DescentNumbers[] Fit(DescentStep step, DescentStep.Told[][] told, DescentNumbers[] states, DescentNumbers[] truths)
    {
        Person[] people = [.. told.SelectMany((batch, i) => batch.Select((person, p) => new Person(person, states[i], truths[i], p)))];
        var rows = people.Select(person => step.IdentityRow(person.Told, person.Identity)).ToArray();
        var (toIdentity, changes) = CrossFit([.. people.Zip(rows, (person, row) => (RidgeRegression.Sample[])[new(row, person.IdentityLeft)])]);
        var frames = people.Select((person, i) => step.FrameRows(person.Told, changes[i][0])).ToArray();
        var (toFrame, motions) = CrossFit([.. people.Zip(frames, (person, ofPerson) =>
            ofPerson.Select((row, f) => new RidgeRegression.Sample(row, person.FrameLeft(f))).ToArray())]);
        step.Learn(toIdentity, toFrame);
        var moved = people.Select((person, i) => (
            Identity: DescentNumbers.Sum(person.Identity, changes[i][0]),
            Frames: motions[i].Select((motion, f) => DescentNumbers.Sum(person.Frame(f), motion)))).ToArray();
        return [.. moved.Chunk(told[0].Length).Select(batch => DescentNumbers.Of([.. batch.Select(x => x.Identity)], [.. batch.SelectMany(x => x.Frames)]))];
    }

    // Maps from samples that belong to people, and what the maps of others make of each person's.
    private static (LinearMap Map, float[][][] Made) CrossFit(RidgeRegression.Sample[][] people)
    {
        var folds = Math.Min(Folds, people.Length);
        var regression = RidgeRegression.Fit(
            [.. Enumerable.Range(0, folds).Select(fold => people.Where((_, i) => i % folds == fold).SelectMany(samples => samples).ToArray())]);
        return (regression.Map, [.. people.Select((samples, i) => samples.Select(s => regression.WithoutFold[i % folds].Of(s.Row)).ToArray())]);
    }

    // One of a batch, where the looks before have brought them.
    private sealed record Person(DescentStep.Told Told, DescentNumbers State, DescentNumbers Truth, int Row)
    {
        private int Frames => Told.Pulls.Length;

        public float[] Identity => State.Person(Row).ToArray();

        public float[] IdentityLeft => DescentNumbers.Difference(Truth.Person(Row), State.Person(Row));

        public float[] Frame(int frame) => State.Frame(Row * Frames + frame);

        public float[] FrameLeft(int frame) => DescentNumbers.Difference(Truth.Frame(Row * Frames + frame), Frame(frame));
    }

    // The same measure as the regression's of the other stages.
    private double Off(DescentNumbers[] states, DescentNumbers[] truths)
    {
        var (sum, count, shape) = (0.0, 0, bases.Sizes.Shape);
        var codes = Ops.Input("codes", [states[0].People, shape]);
        var size = Ops.Mean(Ops.Square(bases.Displacement(codes)));
        using var program = GraphProgram.Compile(store, [size]);
        foreach (var (state, truth) in states.Zip(truths))
        {
            float[] Left(int person) => DescentNumbers.Difference(truth.Person(person)[..shape], state.Person(person)[..shape]);
            program.Set<float>(codes, [.. Enumerable.Range(0, state.People).SelectMany(Left)]);
            program.Run();
            sum += program.GetNumber(size);
            count++;
        }
        return sum / count;
    }
}
