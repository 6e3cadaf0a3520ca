using System.Collections.Immutable;
using Fml.Graph;

namespace Fml.Model;

/// <summary>Gradient descent (Adam) on a loss over a few parameters, from one start after another.</summary>
internal sealed class FitDescent : IDisposable
{
    private const int Warmup = 5, Patience = 25;

    // Less than this share of the loss within the patience is no improvement.
    private const double LeastGain = 1e-3;

    private readonly ParameterStore store;
    private readonly StageLoss loss;
    private readonly OptimizerStep update;
    private readonly ImmutableArray<Node.Parameter> free, state;
    private readonly int steps;

    /// <summary>Compiles a step.</summary>
    /// <param name="store">Where the parameters live.</param>
    /// <param name="loss">What is made small.</param>
    /// <param name="free">What moves.</param>
    /// <param name="options">Steps and rate.</param>
    /// <param name="clipNorm">Gradients longer than this are scaled down to it.</param>
    /// <param name="name">Prefix of the names of the optimiser's state.</param>
    public FitDescent(
        ParameterStore store, StageLoss loss, ImmutableArray<Node.Parameter> free, FitOptions options, double clipNorm, string name)
    {
        (this.store, this.loss, this.free, steps) = (store, loss, free, options.Steps);
        var before = store.Parameters.Count;
        update = new Optimizer.Adam().Minimize(
            store, loss.Total, [new ParameterGroup(free)], Schedule.WarmupCosine(options.Rate, steps, Warmup), clipNorm, name);
        state = [.. store.Parameters.Skip(before)];
        Program = GraphProgram.Compile(store, [loss.Total, update.Accepted, .. loss.Parts.Select(part => part.Value)], update.Updates);
    }

    /// <summary>The step, which wants its inputs set.</summary>
    public GraphProgram Program { get; }

    /// <summary>Goes down from where the parameters are until that no longer pays, and leaves them at the best place seen.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public (FitLoss Before, FitLoss After, int Steps) Run(CancellationToken cancel)
    {
        foreach (var parameter in state) store.Set<float>(parameter, new float[parameter.Shape.Count]);
        var (before, best, place) = ((FitLoss?)null, (FitLoss?)null, Array.Empty<float[]>());
        var (milestone, since) = (double.PositiveInfinity, 0);
        for (var step = 0; ; step++)
        {
            cancel.ThrowIfCancellationRequested();
            var here = free.Select(store.Get<float>).ToArray();
            Program.Run();
            // The loss of the place that the step sets out from.
            var found = Loss();
            before ??= found;
            if (best is null || found.Total < best.Total) (best, place) = (found, here);
            if (best.Total < (1 - LeastGain) * milestone) (milestone, since) = (best.Total, step);
            // A step that is not finite changed nothing, and would again.
            if (step < steps && step - since < Patience && Program.GetNumber(update.Accepted) > 0) continue;
            for (var i = 0; i < place.Length; i++) store.Set<float>(free[i], place[i]);
            return (before, best, step);
        }
    }

    private FitLoss Loss() => new(
        Program.GetNumber(loss.Total), loss.Parts.ToImmutableSortedDictionary(part => part.Name, part => (double)Program.GetNumber(part.Value)));

    /// <summary>Frees the step and the optimiser's state.</summary>
    public void Dispose()
    {
        Program.Dispose();
        foreach (var parameter in state) store.Remove(parameter);
    }
}
