using System.CommandLine;
using System.Diagnostics;
using Fml.Model;
using Fml.Native;

namespace Fml.Tools;

/// <summary><c>fml synth</c>: clips of people who do not exist, with the truth about them.</summary>
internal static class SynthVerb
{
    public static Command Create(Terminal terminal)
    {
        var defaults = new SynthesisOptions { Identities = null! };
        var output = new Option<string>("--output", "-o") { Description = "Folder of the dataset to make.", Required = true, HelpName = "DATASET" };
        var people = Number("--people", "People.", defaults.People);
        var clips = Number("--clips", "Clips a person.", defaults.ClipsPerPerson);
        var frames = Number("--frames", "Frames a clip.", defaults.FramesPerClip);
        var size = Number("--size", "Side of the crops, pixels.", defaults.CropSize);
        var seed = Number("--seed", "Seed of everything that is drawn.", defaults.Seed);
        var template = new Option<string?>("--template") { Description = "A template, which a smooth random field varies.", HelpName = "FILE" };
        var ict = new Option<string?>("--ict") { Description = "The packed ICT model: its identities on its template.", HelpName = "FILE" };
        var region = new Option<IctRegion>("--region")
        {
            Description = "How much of the ICT model's head to take.",
            DefaultValueFactory = _ => IctRegion.Head,
        };
        var distances = new Option<double>("--distance-deviation")
        {
            Description = "Standard deviation of the logarithm of the clips' distances.",
            DefaultValueFactory = _ => defaults.DistanceDeviation,
            HelpName = "SHARE",
        };
        var occluders = Share("--occluders", "Share of the clips with a hand, glasses or hair in front of the face.");
        var damage = Share("--damage", "How poor the camera is, 0 to 1: few pixels, noise, hard JPEG.");
        var video = new Option<bool>("--video") { Description = "Also write each clip as a film (needs ffmpeg)." };
        var command = new Command("synth", "Makes synthetic clips with exact truth, as a dataset.")
        {
            output, people, clips, frames, size, seed, template, ict, region, distances, occluders, damage, video, BenchmarkVerb.Create(terminal),
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var folder = parsed.GetRequiredValue(output);
            var options = defaults with
            {
                Identities = Identities(parsed.GetValue(template), parsed.GetValue(ict), parsed.GetValue(region)),
                People = parsed.GetValue(people),
                ClipsPerPerson = parsed.GetValue(clips),
                FramesPerClip = parsed.GetValue(frames),
                CropSize = parsed.GetValue(size),
                Seed = parsed.GetValue(seed),
                DistanceDeviation = (float)parsed.GetValue(distances),
                OccluderShare = (float)parsed.GetValue(occluders),
                Damage = (float)parsed.GetValue(damage),
                WithVideo = parsed.GetValue(video),
            };
            var clock = Stopwatch.StartNew();
            ProgressDisplay.Run(terminal, display => SyntheticClips.Generate(
                options, folder, new CountProgress(display, "filming", options.People, "people"), cancellation));
            terminal.Output.WriteLine($"{folder}: {options.People} people, made in {clock.Elapsed.TotalSeconds:0.0} s");
        }, CancellationToken.None));
        return command;
    }

    private static IdentitySource Identities(string? template, string? ict, IctRegion region) => (template, ict) switch
    {
        ({ } file, null) => new IdentitySource.Field(FaceTemplateFile.Load(file)),
        (null, { } file) => new IdentitySource.Ict(file, region),
        (null, null) => new IdentitySource.BuiltIn(),
        _ => throw new FmlException("Faces come either from --template or from --ict: give one of them, or neither for built-in heads."),
    };

    private static Option<double> Share(string name, string description) => new(name) { Description = description, HelpName = "SHARE" };

    private static Option<int> Number(string name, string description, int fallback) =>
        new(name) { Description = description, DefaultValueFactory = _ => fallback, HelpName = "N" };
}
