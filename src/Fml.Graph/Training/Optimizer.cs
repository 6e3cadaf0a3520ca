using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>A rule that turns a gradient into a new value, as graph expressions of the parameter, its gradient and its state.</summary>
public abstract record Optimizer
{
    private Optimizer() { }

    /// <summary>Gradient descent with momentum: <c>m' = mu m + g; p' = p - rate m'</c>.</summary>
    /// <param name="Momentum">mu in [0, 1).</param>
    public sealed record Sgd(double Momentum = 0) : Optimizer
    {
        /// <inheritdoc/>
        protected override ImmutableArray<Assignment> Rule(Node.Parameter p, Node g, Node rate, Node step, Func<string, Node.Parameter> state)
        {
            if (Momentum == 0) return [new(p, p - rate * g)];
            var m = state("sgd.m");
            var next = Momentum * m + g;
            return [new(p, p - rate * next), new(m, next)];
        }
    }

    /// <summary>Adam (Kingma and Ba 2015) with bias correction; with <paramref name="Decay"/> it is AdamW.</summary>
    /// <param name="Beta1">Decay of the mean gradient.</param>
    /// <param name="Beta2">Decay of the mean squared gradient.</param>
    /// <param name="Epsilon">Added to the root of the mean square.</param>
    /// <param name="Decay">Decoupled weight decay per unit of learning rate.</param>
    public sealed record Adam(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double Decay = 0) : Optimizer
    {
        /// <inheritdoc/>
        protected override ImmutableArray<Assignment> Rule(Node.Parameter p, Node g, Node rate, Node step, Func<string, Node.Parameter> state)
        {
            var (m, v) = (state("adam.m"), state("adam.v"));
            var (nextM, nextV) = (Beta1 * m + (1 - Beta1) * g, Beta2 * v + (1 - Beta2) * (g * g));
            // Scalars of the step, computed once: elements only multiply.
            var pace = rate / (1 - Ops.Exp(step * Math.Log(Beta1)));
            var spread = 1 / (1 - Ops.Exp(step * Math.Log(Beta2)));
            var change = pace * nextM / (Ops.Sqrt(nextV * spread) + Epsilon);
            return [new(p, p - (Decay == 0 ? change : change + rate * Decay * p)), new(m, nextM), new(v, nextV)];
        }
    }

    /// <summary>AdaDelta (Zeiler 2012): <c>p' = p - rate sqrt(u + eps) / sqrt(v + eps) g</c> with running mean squares v of g and u of
    /// the changes.</summary>
    /// <param name="Rho">Decay of the mean squares.</param>
    /// <param name="Epsilon">Added to the mean squares.</param>
    public sealed record AdaDelta(double Rho = 0.95, double Epsilon = 1e-6) : Optimizer
    {
        /// <inheritdoc/>
        protected override ImmutableArray<Assignment> Rule(Node.Parameter p, Node g, Node rate, Node step, Func<string, Node.Parameter> state)
        {
            var (v, u) = (state("adadelta.v"), state("adadelta.u"));
            var nextV = Rho * v + (1 - Rho) * (g * g);
            var change = Ops.Sqrt(u + Epsilon) / Ops.Sqrt(nextV + Epsilon) * g;
            return [new(p, p - rate * change), new(v, nextV), new(u, Rho * u + (1 - Rho) * (change * change))];
        }
    }

    /// <summary>The assignments of one parameter: itself first, then its state.</summary>
    /// <param name="p">The parameter.</param>
    /// <param name="g">Its gradient.</param>
    /// <param name="rate">The learning rate, a scalar.</param>
    /// <param name="step">The number of this step, counted from 1: a scalar, or one for every row, which counts its own.</param>
    /// <param name="state">Finds or makes a state tensor like the parameter.</param>
    protected abstract ImmutableArray<Assignment> Rule(Node.Parameter p, Node g, Node rate, Node step, Func<string, Node.Parameter> state);

    /// <summary>
    /// One step of descent on a scalar loss. A step whose loss or gradient is not finite changes nothing but
    /// <see cref="OptimizerStep.Skipped"/>. Step count and state live in the store, so nothing in a step depends on the host.
    /// </summary>
    /// <param name="store">Where the parameters live and their state is kept.</param>
    /// <param name="loss">The scalar to be made small.</param>
    /// <param name="groups">What is free, and how fast it moves.</param>
    /// <param name="rate">The learning rate as a function of the step's number; see <see cref="Schedule"/>.</param>
    /// <param name="clipNorm">Gradients longer than this, all groups together, are scaled down to it; null leaves them.</param>
    /// <param name="name">Prefix of the names of step count and state, so that several optimisers can share a store.</param>
    public OptimizerStep Minimize(
        ParameterStore store, Node loss, IReadOnlyList<ParameterGroup> groups, Func<Node, Node> rate, double? clipNorm = null, string name = "optimizer")
    {
        var step = store.FindOrAddZeros($"{name}.step", loss.Type);
        var skipped = store.FindOrAddZeros($"{name}.skipped", loss.Type);
        ImmutableArray<(Node.Parameter Parameter, ParameterGroup Group)> free =
            [.. groups.SelectMany(group => group.Parameters.Select(parameter => (parameter, group)))];
        var gradients = Gradients.Of(loss, [.. free.Select(f => (Node)f.Parameter)]);
        var norm = Ops.Sqrt(gradients.Select(SquaredNorm).Aggregate((a, b) => a + b));
        var accepted = Ops.Map(Scalar.IsFinite(new Scalar.Argument(0)) * Scalar.IsFinite(new Scalar.Argument(1)), loss, norm);
        var clip = clipNorm is { } limit ? Ops.Minimum(Ops.Full(norm.Type, 1), limit / (norm + 1e-12)) : null;
        var number = step + 1;

        var updates = ImmutableArray.CreateBuilder<Assignment>();
        for (var i = 0; i < free.Length; i++)
        {
            var (parameter, group) = free[i];
            var gradient = clip is null ? gradients[i] : gradients[i] * clip;
            Node.Parameter State(string kind, TensorType type) => store.FindOrAddZeros($"{name}.{kind}/{parameter.Name}", type);
            var (change, steps) = (accepted, number);
            if (group.SparseRows)
            {
                var looks = State("looks", new TensorType(parameter.Type.Element, [parameter.Shape[0], .. Enumerable.Repeat(1, parameter.Shape.Rank - 1)]));
                int[] columns = [.. Enumerable.Range(1, parameter.Shape.Rank - 1)];
                var looked = Ops.Map(Scalar.If(new Scalar.Argument(0) > 0, 1, 0), Ops.Sum(Ops.Square(gradients[i]), columns, keepDimensions: true));
                (change, steps) = (accepted * looked, Ops.Map(Scalar.Max(new Scalar.Argument(0), 1), looks + looked));
                updates.Add(new(looks, looks + change));
            }
            updates.AddRange(Rule(parameter, gradient, rate(number) * group.RateScale, steps, kind => State(kind, parameter.Type))
                .Select(update => update with { Value = Ops.Select(change, update.Value, update.Target) }));
        }
        updates.Add(new(step, step + accepted));
        updates.Add(new(skipped, skipped + (1 - accepted)));
        return new OptimizerStep(updates.ToImmutable(), norm, accepted, step, skipped);
    }

    /// <summary>
    /// <c>|g|^2</c>. The gradient of a large matrix with few summed terms, <c>X^T Y</c>, is not formed:
    /// <c>|X^T Y|^2 = sum((X X^T) * (Y Y^T))</c>.
    /// </summary>
    private static Node SquaredNorm(Node gradient)
    {
        if (gradient is Node.Apply { Primitive: MatMul { TransposeB: false } product } apply && UpdateGroup.IsThin(apply))
        {
            var (a, b) = (apply.Inputs[0], apply.Inputs[1]);
            return Ops.Sum(Ops.MatMul(a, a, !product.TransposeA, product.TransposeA) * Ops.MatMul(b, b, transposeB: true));
        }
        return Ops.Sum(Ops.Square(gradient));
    }
}

/// <summary>Parameters that an optimiser moves at the same rate.</summary>
/// <param name="Parameters">The parameters.</param>
/// <param name="RateScale">Factor of the learning rate.</param>
/// <param name="SparseRows">
/// For tables of which a step looks at a few rows: a row whose gradient is all 0 keeps its value and its state, and counts its steps itself.
/// Without it momentum carries such a row on, away from what its last look said.
/// </param>
public sealed record ParameterGroup(ImmutableArray<Node.Parameter> Parameters, double RateScale = 1, bool SparseRows = false);

/// <summary>The updates of one optimiser step and what can be watched of it.</summary>
/// <param name="Updates">For <see cref="GraphProgram.Compile"/>.</param>
/// <param name="GradientNorm">Norm of all gradients before clipping, a scalar.</param>
/// <param name="Accepted">1, or 0 when the step was skipped because something was not finite.</param>
/// <param name="Step">Number of accepted steps so far.</param>
/// <param name="Skipped">Number of skipped steps so far.</param>
public sealed record OptimizerStep(
    ImmutableArray<Assignment> Updates, Node GradientNorm, Node Accepted, Node.Parameter Step, Node.Parameter Skipped);

/// <summary>Learning rates as functions of the step's number, computed on the device.</summary>
public static class Schedule
{
    /// <summary>Always the same rate.</summary>
    public static Func<Node, Node> Constant(double rate) => step => Ops.Full(step.Type, rate);

    /// <summary>Rises linearly over <paramref name="warmup"/> steps, stays, and falls by a half cosine to <paramref name="last"/> of the
    /// rate from a share of the steps on.</summary>
    /// <param name="rate">The greatest rate.</param>
    /// <param name="steps">Number of steps in all.</param>
    /// <param name="warmup">Steps of rising.</param>
    /// <param name="fallFrom">Share of the steps after which it falls, in [0, 1).</param>
    /// <param name="last">Share of the rate that is left at the end.</param>
    public static Func<Node, Node> WarmupCosine(double rate, int steps, int warmup = 100, double fallFrom = 0.6, double last = 0.02) => step =>
    {
        Scalar t = new Scalar.Argument(0);
        var rise = Scalar.Min(t / Math.Max(1, warmup), 1);
        var fall = Scalar.Min(Scalar.Max((t - fallFrom * steps) / Math.Max(1, (1 - fallFrom) * steps), 0), 1);
        return Ops.Map(rate * rise * (last + (1 - last) * 0.5 * (1 + Scalar.Cos(Math.PI * fall))), step);
    };
}
