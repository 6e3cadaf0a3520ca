using Fml.Graph;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>
/// Learns the steps of <see cref="FaceDescent"/> from pictures of drawn people (<see cref="DrawnPictures"/>), whose truth is known: look by look,
/// each by ridge regression on where the looks before have brought them.
/// </summary>
internal sealed class DescentLearner(
    ParameterStore store, FaceBases bases, TrainingGraph graph, TrainingData data, BatchSampler sampler, CodeDistribution distribution)
{
    private const double Ridge = 50; // pulls a weight to zero like so many samples

    /// <summary>Learns all steps and stores them.</summary>
    /// <param name="stage">Batches of how many people and frames; as many steps as batches for each look.</param>
    /// <param name="number">The stage's number, for the sampler.</param>
    /// <param name="progress">Told of the share done.</param>
    /// <param name="cancel">Stops between batches; nothing has changed then.</param>
    /// <returns>What the identities are off by before the first look and after each, mm^2 a coordinate of a node.</returns>
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

        var steps = DescentStep.All(store, bases);
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
            Fit(step, told, states, truths);
            for (var batch = 0; batch < stage.Steps; batch++) states[batch] = Moved(step, told[batch], states[batch]);
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

    private static void Fit(DescentStep step, DescentStep.Told[][] told, DescentNumbers[] states, DescentNumbers[] truths)
    {
        var identities = told.SelectMany((batch, i) => batch.Select((person, p) => (
            Row: step.IdentityRow(person, states[i].Person(p)), Wanted: Difference(truths[i].Person(p), states[i].Person(p))))).ToArray();
        var toIdentity = Regression(identities);
        step.Learn(toIdentity, []);
        var frames = told.SelectMany((batch, i) => batch.SelectMany((person, p) =>
            step.FrameRows(person, step.IdentityChange(step.IdentityRow(person, states[i].Person(p)))).Select((row, f) => (
                Row: row, Wanted: Difference(truths[i].Frame(p * person.Pulls.Length + f), states[i].Frame(p * person.Pulls.Length + f)))))).ToArray();
        step.Learn(toIdentity, Regression(frames));
    }

    private static DescentNumbers Moved(DescentStep step, DescentStep.Told[] told, DescentNumbers state)
    {
        var corrected = told.Select((person, p) => step.Correct(person, state.Person(p))).ToArray();
        return DescentNumbers.Of([.. corrected.Select(person => person.Identity)], [.. corrected.SelectMany(person => person.Frames)]);
    }

    // [inputs, outputs], row by row.
    private static float[] Regression((float[] Row, float[] Wanted)[] samples)
    {
        var (inputs, outputs) = (samples[0].Row.Length, samples[0].Wanted.Length);
        var (square, right) = (new DenseMatrix(inputs, inputs), new DenseMatrix(inputs, outputs));
        foreach (var some in samples.Chunk(1024))
        {
            var x = DenseMatrix.Create(some.Length, inputs, (i, j) => some[i].Row[j]);
            square.Add(x.TransposeThisAndMultiply(x), square);
            right.Add(x.TransposeThisAndMultiply(DenseMatrix.Create(some.Length, outputs, (i, j) => some[i].Wanted[j])), right);
        }
        for (var i = 0; i < inputs; i++) square[i, i] += Ridge * square[i, i] / samples.Length + 1e-9 * samples.Length; // the last where nothing varies
        return [.. square.Cholesky().Solve(right).ToRowMajorArray().Select(x => (float)x)];
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
            program.Set<float>(codes, [.. Enumerable.Range(0, state.People).SelectMany(p => Difference(truth.Person(p)[..shape], state.Person(p)[..shape]))]);
            program.Run();
            sum += program.GetNumber(size);
            count++;
        }
        return sum / count;
    }

    private static float[] Difference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var difference = a.ToArray();
        for (var i = 0; i < difference.Length; i++) difference[i] -= b[i];
        return difference;
    }
}
