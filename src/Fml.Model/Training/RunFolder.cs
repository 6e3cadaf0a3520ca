namespace Fml.Model;

/// <summary>Names of the files in a training run's folder.</summary>
public static class RunFolder
{
    /// <summary>The model as it is now; what reconstruction needs.</summary>
    public const string ModelFile = "model.safetensors";

    /// <summary>Everything else that training goes on from: tables of codes, optimiser state, the place in the stages.</summary>
    public const string StateFile = "state.safetensors";

    /// <summary>The options, readable.</summary>
    public const string OptionsFile = "options.json";

    /// <summary>Which dataset was learned from, and who of it was held out.</summary>
    public const string TrainedOnFile = "trained-on.json";

    /// <summary>One line of figures now and then.</summary>
    public const string MetricsFile = "metrics.jsonl";

    /// <summary>The report.</summary>
    public const string ReportFile = "report.html";
}
