using System.CommandLine;
using Fml.Model;
using Fml.Native;

namespace Fml.Tools;

/// <summary><c>fml prepare</c>: clips and photos to a dataset.</summary>
internal static class PrepareVerb
{
    public static Command Create(Terminal terminal)
    {
        var source = new Argument<string>("CLIPS")
        {
            Description = "Folder of clips and photos, or one file. A subfolder is one person; without subfolders each file is.",
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "Folder of the dataset; a preparation that is there goes on.",
            Required = true,
            HelpName = "DATASET",
        };
        var defaults = new PreparationOptions { Source = "", Target = "" };
        var size = new Option<int>("--size") { Description = "Side of the crops, pixels.", DefaultValueFactory = _ => defaults.CropSize, HelpName = "N" };
        var stride = new Option<int>("--stride") { Description = "Every how many-th frame.", DefaultValueFactory = _ => 1, HelpName = "N" };
        var most = new Option<int?>("--max-frames") { Description = "At most this many frames a clip, spread over it.", HelpName = "N" };
        var landmarks = new Option<string?>("--landmarks")
        {
            Description = "Landmarks from elsewhere (CSV or JSON: clip, frame, 68 x and y, confidence) instead of the networks.",
            HelpName = "FILE",
        };
        var networks = new Option<string?>("--networks")
        { Description = "Folder of the face networks (default: what npm install fetched).", HelpName = "FOLDER" };
        var focal = new Option<float?>("--focal") { Description = "Focal length of the originals, pixels, if known.", HelpName = "F" };
        var shard = new Option<string?>("--shard")
        { Description = "Only part i of n of the clips, as i/n from 0, to share them among machines.", HelpName = "I/N" };
        var command = new Command("prepare", "Finds faces and 68 landmarks in clips and photos and crops them: a dataset.")
        {
            source, output, size, stride, most, landmarks, networks, focal, shard,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var (part, parts) = Part(parsed.GetValue(shard));
            var options = defaults with
            {
                Source = parsed.GetRequiredValue(source),
                Target = parsed.GetRequiredValue(output),
                CropSize = parsed.GetValue(size),
                Video = new VideoOptions(parsed.GetValue(stride), parsed.GetValue(most)),
                Landmarks = parsed.GetValue(landmarks),
                Networks = parsed.GetValue(networks),
                Focal = parsed.GetValue(focal),
                Shard = part,
                ShardCount = parts,
            };
            var messages = new List<string>();
            var summary = ProgressDisplay.Run(terminal, display => Preparation.Run(options, new Clips(display, messages), cancellation));
            foreach (var message in messages) terminal.Output.WriteLine(message);
            terminal.Output.WriteLine(
                $"{options.Target}: {summary.Frames} frames of {summary.People} people in {summary.Clips} clips; "
                + $"{summary.Skipped.Count(s => s.Index >= 0)} frames and "
                + $"{summary.Skipped.Count(s => s.Index < 0)} clips were left out, dataset.json says why");
        }, CancellationToken.None));
        return command;
    }

    private static (int Part, int Parts) Part(string? text)
    {
        if (text is null) return (0, 1);
        var numbers = text.Split('/');
        return numbers.Length == 2 && int.TryParse(numbers[0], out var part) && int.TryParse(numbers[1], out var parts)
            ? (part, parts)
            : throw new FmlException($"--shard takes a part and their number, such as 0/4, not '{text}'.");
    }

    /// <summary>Clips as progress; what a person should read is kept for the end.</summary>
    internal sealed class Clips(IProgress<ProgressUpdate> display, List<string> messages) : IProgress<PreparationProgress>
    {
        public void Report(PreparationProgress value)
        {
            if (value.Message is { } message) messages.Add(message);
            display.Report(new ProgressUpdate(
                "prepare", (double)value.Done / Math.Max(1, value.Total), $"{value.Clip}, clip {Math.Min(value.Done + 1, value.Total)} of {value.Total}"));
        }
    }
}
