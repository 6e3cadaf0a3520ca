using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>A convolution with square kernel, followed by ReLU.</summary>
/// <param name="Channels">Output channels.</param>
/// <param name="Kernel">Side of the kernel.</param>
/// <param name="Stride">Step.</param>
/// <param name="Padding">Zeros on every side.</param>
/// <param name="Pool">When set, a max pooling of 3 with stride 2 follows.</param>
public sealed record ConvolutionOptions(int Channels, int Kernel = 3, int Stride = 1, int Padding = 1, bool Pool = false);

/// <summary>
/// Sizes of the Siamese encoder (<c>method.md</c> section 3). The structure is fixed; widths and numbers of layers are not.
/// </summary>
public sealed record EncoderOptions
{
    /// <summary>Features of a frame; the last one's output is LOW.</summary>
    public required ImmutableArray<ConvolutionOptions> Features { get; init; }

    /// <summary>From LOW to MEDIUM, whose mean over a person's frames is what identity is read from.</summary>
    public required ImmutableArray<ConvolutionOptions> Medium { get; init; }

    /// <summary>Convolutions on the mean of MEDIUM.</summary>
    public required ImmutableArray<ConvolutionOptions> Identity { get; init; }

    /// <summary>Widths of the fully connected layers between those and the codes.</summary>
    public required ImmutableArray<int> IdentityWidths { get; init; }

    /// <summary>Convolution on the map that the identity codes make over LOW's area.</summary>
    public required ConvolutionOptions CodeMap { get; init; }

    /// <summary>Convolutions on LOW and the map together.</summary>
    public required ImmutableArray<ConvolutionOptions> Frame { get; init; }

    /// <summary>Widths of the fully connected layers between those and a frame's parameters.</summary>
    public required ImmutableArray<int> FrameWidths { get; init; }

    /// <summary>
    /// Widths of the layers that read a frame's landmarks; their output joins the frame's features in both heads, and its mean over the
    /// frames joins what identity is read from. Empty as in the paper, which shows the network the image alone.
    /// </summary>
    public ImmutableArray<int> Landmarks { get; init; } = [];

    /// <summary>The paper's sizes, for images of 240 pixels.</summary>
    public static EncoderOptions Paper { get; } = new()
    {
        Features = [new(96, 11, 4, 4, Pool: true), new(256, 5, 1, 2, Pool: true), new(384)],
        Medium = [new(256, Stride: 2), new(256, Stride: 2)],
        Identity = [new(384), new(256)],
        IdentityWidths = [1000, 1000],
        CodeMap = new(384),
        Frame = [new(384), new(384), new(256, Pool: true)],
        FrameWidths = [2048],
    };

    /// <summary>Small sizes of the same structure, for images of about 100 pixels and minutes on a CPU.</summary>
    public static EncoderOptions Small { get; } = new()
    {
        Features = [new(24, 5, 2, 2, Pool: true), new(48, Pool: true), new(64)],
        Medium = [new(96, Stride: 2), new(128, Stride: 2)],
        Identity = [new(128)],
        IdentityWidths = [256],
        CodeMap = new(32),
        Frame = [new(64), new(64, Pool: true)],
        FrameWidths = [256],
        Landmarks = [256, 128],
    };
}
