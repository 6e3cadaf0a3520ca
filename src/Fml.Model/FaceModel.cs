using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// A learned face model: the template it was learned on, the options that made it, and the weights of bases and encoder. One safetensors
/// file holds all of it. An immutable value; reconstruction uses it.
/// </summary>
public sealed record FaceModel
{
    private const string Format = "fml-model/1", TemplatePrefix = "template/";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The template, its licence included.</summary>
    public required FaceTemplate Template { get; init; }

    /// <summary>The options of the training run.</summary>
    public required TrainingOptions Options { get; init; }

    /// <summary>Weights by name: bases (<see cref="FaceBases.Names"/>) and encoder.</summary>
    public required ImmutableDictionary<string, HostTensor> Weights { get; init; }

    /// <summary>Training steps behind it.</summary>
    public required long Step { get; init; }

    /// <summary>How the images' colours are stored: <c>srgb</c>.</summary>
    public string ColourSpace { get; init; } = "srgb";

    /// <summary>Options as readable JSON.</summary>
    public static string ToJson(TrainingOptions options) => JsonSerializer.Serialize(options, Json);

    /// <summary>Options from JSON.</summary>
    /// <exception cref="FmlException">The text is no options.</exception>
    public static TrainingOptions OptionsFromJson(string json, string source)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingOptions>(json, Json) ?? throw new FmlException($"{source} holds no training options");
        }
        catch (JsonException e)
        {
            throw new FmlException($"The training options in {source} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Writes the model, whole or not at all.</summary>
    public void Save(string path) =>
        Write(path, this, FaceTemplateFile.Fingerprint(Template), Weights.Select(pair => TensorStream.Of(pair.Key, pair.Value)));

    /// <summary>Writes a model whose weights come piece by piece instead of from <see cref="Weights"/>.</summary>
    internal static void Write(string path, FaceModel model, string fingerprint, IEnumerable<TensorStream> weights)
    {
        var template = FaceTemplateFile.Pack(model.Template);
        var metadata = template.Metadata.ToImmutableDictionary(pair => TemplatePrefix + pair.Key, pair => pair.Value)
            .Add("format", Format).Add("options", ToJson(model.Options)).Add("step", model.Step.ToString()).Add("colour_space", model.ColourSpace)
            .Add("template_fingerprint", fingerprint).Add("licence", model.Template.Licence);
        SafetensorsWriter.Write(
            path, metadata, weights.Concat(template.Tensors.Select(pair => TensorStream.Of(TemplatePrefix + pair.Key, pair.Value))));
    }

    /// <summary>Reads a model.</summary>
    /// <param name="path">A model file, or the folder of a training run that holds <c>model.safetensors</c>.</param>
    /// <exception cref="FmlException">The file is missing, damaged, or no model.</exception>
    public static FaceModel Load(string path)
    {
        if (Directory.Exists(path)) path = Path.Combine(path, RunFolder.ModelFile);
        if (!File.Exists(path))
            throw new FmlException($"There is no model at {path}; train one with 'fml train', or name a model file or a run's folder");
        var file = SafetensorsFile.Load(path);
        if (file.Metadata.GetValueOrDefault("format") != Format)
            throw new FmlException($"{path} is not a face model: its format is '{file.Metadata.GetValueOrDefault("format") ?? "not given"}', not '{Format}'");
        var template = FaceTemplateFile.Unpack(new SafetensorsFile(Part(file.Metadata), Part(file.Tensors)) { Source = path });
        if (!long.TryParse(file.Metadata.GetValueOrDefault("step"), out var step))
            throw new FmlException($"{path} does not say how many steps trained it");
        return new FaceModel
        {
            Template = template,
            Options = OptionsFromJson(file.Metadata.GetValueOrDefault("options") ?? "", path),
            Weights = file.Tensors.Where(pair => !pair.Key.StartsWith(TemplatePrefix, StringComparison.Ordinal)).ToImmutableDictionary(),
            Step = step,
            ColourSpace = file.Metadata.GetValueOrDefault("colour_space") ?? "srgb",
        };
    }

    private static ImmutableDictionary<string, T> Part<T>(ImmutableDictionary<string, T> all) =>
        all.Where(pair => pair.Key.StartsWith(TemplatePrefix, StringComparison.Ordinal))
            .ToImmutableDictionary(pair => pair.Key[TemplatePrefix.Length..], pair => pair.Value);
}
