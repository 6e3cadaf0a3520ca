using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Named tensors and text in one file, as the safetensors format lays down: an 8-byte header length, a JSON header, the data. All of it is
/// in host memory here; <see cref="SafetensorsReader"/> and <see cref="SafetensorsWriter"/> pass large tensors through piece by piece.
/// </summary>
/// <param name="Metadata">Free text by name.</param>
/// <param name="Tensors">Tensors by name.</param>
public sealed record SafetensorsFile(ImmutableDictionary<string, string> Metadata, ImmutableDictionary<string, HostTensor> Tensors)
{
    /// <summary>Where the tensors came from, for messages.</summary>
    public string Source { get; init; } = "the file";

    /// <summary>
    /// Reads a file. F16 and BF16 become F32, I64 becomes I32 and BOOL becomes U8, as those are the types computed with.
    /// </summary>
    /// <exception cref="FmlException">The file is missing, truncated or malformed, or holds what cannot be represented.</exception>
    public static SafetensorsFile Load(string path)
    {
        using var reader = SafetensorsReader.Open(path);
        return new SafetensorsFile(reader.Metadata, reader.Tensors.ToImmutableDictionary(tensor => tensor.Name, tensor => tensor.Whole(path)))
        {
            Source = path,
        };
    }

    /// <summary>Writes the file: first under a temporary name, then renamed. The same content gives the same bytes.</summary>
    /// <exception cref="FmlException">The file cannot be written.</exception>
    public void Save(string path) => SafetensorsWriter.Write(path, Metadata, Tensors.Select(pair => TensorStream.Of(pair.Key, pair.Value)));

    /// <summary>The tensor of that name with the expected type and, where not -1, sizes.</summary>
    /// <exception cref="FmlException">It is missing or different; the message names both.</exception>
    public HostTensor Get<T>(string name, params ReadOnlySpan<int> shape) where T : unmanaged
    {
        if (!Tensors.TryGetValue(name, out var tensor)) throw new FmlException($"{Source} has no tensor '{name}'.");
        var fits = tensor.Type == ElementTypes.Of<T>() && (shape.IsEmpty || tensor.Dimensions.Length == shape.Length);
        for (var i = 0; fits && i < shape.Length; i++) fits = shape[i] == -1 || shape[i] == tensor.Dimensions[i];
        if (fits) return tensor;
        var wanted = string.Join(", ", shape.ToArray().Select(size => size == -1 ? "any" : size.ToString()));
        throw new FmlException($"{Source}: tensor '{name}' is {tensor} where {ElementTypes.Of<T>()} [{wanted}] is expected.");
    }

    /// <summary>The text of that name in the metadata.</summary>
    /// <exception cref="FmlException">It is missing.</exception>
    public string Text(string name) =>
        Metadata.TryGetValue(name, out var text) ? text : throw new FmlException($"{Source} has no '{name}' in its metadata.");
}
