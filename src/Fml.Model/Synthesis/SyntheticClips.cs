using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Makes clips of people who do not exist, with everything known about them: a dataset like a prepared one, and the truth beside it.
/// </summary>
public static class SyntheticClips
{
    /// <summary>
    /// Makes the dataset; a run that was stopped is continued by starting it again with the same options.
    /// </summary>
    /// <param name="options">What to make.</param>
    /// <param name="folder">Folder of the dataset: new, empty, or begun with the same options.</param>
    /// <param name="progress">Told the number of people finished, in order.</param>
    /// <param name="cancellation">Stops between people.</param>
    /// <exception cref="FmlException">The options make no sense, or the folder cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; what is done stays.</exception>
    public static void Generate(
        SynthesisOptions options, string folder, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        options.Check();
        using var writer = DatasetWriter.Create(folder, new DatasetOptions { CropSize = options.CropSize, Settings = options.Settings });
        var paint = new FacePaint(options.Identities.Template);
        var missing = Enumerable.Range(0, options.People).Where(person => !IsDone(writer, options, folder, person)).ToArray();
        var finished = options.People - missing.Length;
        progress?.Report(finished);

        // A few people are under way at a time, on all cores, and are written in order: the files do not depend on the number of threads.
        var underWay = new Queue<Task<(PersonTruth Truth, ShotClip[] Clips)>>();
        var next = 0;
        try
        {
            while (next < missing.Length || underWay.Count > 0)
            {
                for (; next < missing.Length && underWay.Count <= Environment.ProcessorCount; next++)
                {
                    var person = missing[next];
                    underWay.Enqueue(Task.Run(() => Make(options, folder, paint, person), cancellation));
                }
                Store(writer, folder, underWay.Dequeue().GetAwaiter().GetResult());
                progress?.Report(++finished);
                cancellation.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            Task.WhenAll(underWay).ContinueWith(_ => { }, TaskScheduler.Default).Wait(CancellationToken.None);
        }
        writer.Finish();
    }

    private static bool IsDone(DatasetWriter writer, SynthesisOptions options, string folder, int person) =>
        SyntheticPerson.NameOf(person) is var name
        && SyntheticTruth.Exists(folder, name)
        && Enumerable.Range(0, options.ClipsPerPerson).Select(SyntheticClip.NameOf).All(clip =>
            writer.IsDone(name, clip) && (!options.WithVideo || File.Exists(SyntheticFilm.PathOf(folder, name, clip))));

    private static (PersonTruth, ShotClip[]) Make(
        SynthesisOptions options, string folder, FacePaint paint, int number)
    {
        var person = SyntheticPerson.Draw(options, paint, number);
        var clips = Enumerable.Range(0, options.ClipsPerPerson).Select(clip => ClipShoot.Take(options, folder, person, clip)).ToArray();
        return (new PersonTruth(person.Name, person.Neutral, person.Look.Albedo, [.. clips.SelectMany(c => c.Truth)]), clips);
    }

    private static void Store(DatasetWriter writer, string folder, (PersonTruth Truth, ShotClip[] Clips) made)
    {
        SyntheticTruth.Save(folder, made.Truth);
        foreach (var clip in made.Clips.Where(clip => !writer.IsDone(made.Truth.Person, clip.Name)))
            writer.AddClip(made.Truth.Person, clip.Name, clip.Frames, []);
    }
}
