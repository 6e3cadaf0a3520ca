using System.Diagnostics;
using Fml.Model;
using Spectre.Console;

namespace Fml.Tools;

/// <summary>Shows how far work has come: moving bars for a person at a terminal, a plain line now and then for a log.</summary>
internal static class ProgressDisplay
{
    /// <summary>Runs work that reports its progress.</summary>
    public static void Run(Terminal terminal, Action<IProgress<ProgressUpdate>> work) => Run(terminal, progress =>
    {
        work(progress);
        return 0;
    });

    /// <summary>Runs work that reports its progress and gives a result.</summary>
    public static T Run<T>(Terminal terminal, Func<IProgress<ProgressUpdate>, T> work) => terminal.Interactive
        ? terminal.Console.Progress()
            .AutoClear(false)
            .HideCompleted(false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new RemainingTimeColumn())
            .Start(context => work(new Bars(context)))
        : work(new Lines(terminal.Output));

    /// <summary>A bar for each task; the detail stands behind its name.</summary>
    private sealed class Bars(ProgressContext context) : IProgress<ProgressUpdate>
    {
        private readonly Lock gate = new();
        private string current = "";
        private ProgressTask? bar;

        public void Report(ProgressUpdate update)
        {
            lock (gate)
            {
                if (bar is null || update.Task != current)
                {
                    if (bar is not null) bar.Value = 1;
                    bar = context.AddTask("", maxValue: 1);
                    current = update.Task;
                }
                bar.Description = Markup.Escape(update.Detail.Length > 0 ? $"{update.Task}  {update.Detail}" : update.Task);
                bar.Value = Math.Clamp(update.Fraction, 0, 1);
            }
        }
    }

    /// <summary>A line when a task begins and ends, at every fifth of it, and at least every half minute.</summary>
    internal sealed class Lines(TextWriter output) : IProgress<ProgressUpdate>
    {
        private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

        private readonly Lock gate = new();
        private readonly Stopwatch sinceLine = Stopwatch.StartNew();
        private string current = "";
        private int shown;

        public void Report(ProgressUpdate update)
        {
            lock (gate)
            {
                var fifth = (int)(5 * Math.Clamp(update.Fraction, 0, 1));
                if (update.Task == current && fifth <= shown && sinceLine.Elapsed < Silence) return;
                (current, shown) = (update.Task, fifth);
                sinceLine.Restart();
                output.WriteLine($"{update.Task}: {100 * update.Fraction:0} %{(update.Detail.Length > 0 ? ", " + update.Detail : "")}");
            }
        }
    }
}
