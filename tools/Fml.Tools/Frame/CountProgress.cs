using Fml.Model;

namespace Fml.Tools;

/// <summary>Progress counted in pieces as progress of a bar.</summary>
internal sealed class CountProgress(IProgress<ProgressUpdate> display, string task, int total, string unit) : IProgress<int>
{
    public void Report(int done) => display.Report(new ProgressUpdate(task, total > 0 ? (double)done / total : 1, $"{done} of {total} {unit}"));
}
