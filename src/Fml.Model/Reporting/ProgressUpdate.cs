namespace Fml.Model;

/// <summary>How far a long piece of work has come, for a progress bar or a line in a log.</summary>
/// <param name="Task">What is being done, such as "training: codes and bases"; a new name begins a new bar.</param>
/// <param name="Fraction">Part done, 0 to 1.</param>
/// <param name="Detail">What changes as it goes, such as "step 120, loss 0.031"; may be empty.</param>
public readonly record struct ProgressUpdate(string Task, double Fraction, string Detail = "");
