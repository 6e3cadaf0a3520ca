using System.Collections.Immutable;
using System.Formats.Tar;
using System.Numerics;
using System.Text.Json;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class DatasetTests : IDisposable
{
    private const int Size = 24;
    private readonly string folder = Directory.CreateTempSubdirectory("fml-dataset-").FullName;

    private static DatasetOptions Options(int size = Size, string stride = "1", int shard = 0, int shards = 1) => new()
    {
        CropSize = size,
        Settings = ImmutableSortedDictionary<string, string>.Empty.Add("stride", stride),
        Shard = shard,
        ShardCount = shards,
    };

    private static (FaceFrame frame, byte[] rgb) Frame(string person, string clip, int index, string? key = null) => (new FaceFrame
    {
        Key = key ?? FaceFrame.MakeKey(person, clip, index),
        Person = person,
        Clip = clip,
        Index = index,
        Time = index / 25.0,
        Landmarks = [.. Enumerable.Range(0, 68).Select(i => new Vector2(i / 3f, index + 1 / (i + 1f)))],
        Confidence = [.. Enumerable.Range(0, 68).Select(i => i / 68f)],
        Crop = new CropTransform(0.37f, -12.5f, 3.25f),
        Camera = new Intrinsics(500.25f, 180, 144.5f),
        CameraKnown = index % 2 == 1,
        OriginalWidth = 360,
        OriginalHeight = 288,
    }, Picture(index));

    // Smooth, so that JPEG keeps it to a few levels.
    private static byte[] Picture(int index) => [.. Enumerable.Range(0, Size * Size * 3).Select(i =>
        (byte)(40 + 20 * (i % 3) + 4 * (i / 3 % Size) + 2 * (i / 3 / Size) + index % 7))];

    private string Make(params (string Person, string Clip, int Frames)[] clips)
    {
        using var writer = DatasetWriter.Create(folder, Options());
        foreach (var (person, clip, frames) in clips)
            writer.AddClip(person, clip, [.. Enumerable.Range(0, frames).Select(i => Frame(person, clip, i))], []);
        writer.Finish();
        return folder;
    }

    [Fact]
    public void What_is_written_is_read_back_in_every_field()
    {
        using (var writer = DatasetWriter.Create(folder, Options()))
        {
            writer.AddClip("ann", "one.mp4", [Frame("ann", "one.mp4", 0), Frame("ann", "one.mp4", 3)],
                [new("ann/one.mp4", 1, "no face found")]);
            writer.AddClip("bob", "two", [], [new("bob/two", -1, "no face in any frame")]);
            writer.AddClip("ann", "three", [Frame("ann", "three", 5)], []);
            writer.Finish();
        }
        using var data = FaceDataset.Open(folder);
        Assert.Equal(Size, data.CropSize);
        Assert.Equal("srgb", data.ColourSpace);
        Assert.Equal("1", data.Options["stride"]);
        var person = Assert.Single(data.People);
        Assert.Equal(["one.mp4", "one.mp4", "three"], person.Frames.Select(f => f.Clip));
        Assert.Equal([new("ann/one.mp4", 1, "no face found"), new SkippedFrame("bob/two", -1, "no face in any frame")], data.Skipped);
        foreach (var frame in person.Frames)
        {
            var (expected, picture) = Frame("ann", frame.Clip, frame.Index);
            Assert.Equal(expected.Landmarks.AsEnumerable(), frame.Landmarks);
            Assert.Equal(expected.Confidence.AsEnumerable(), frame.Confidence);
            Assert.Equal(expected with { Landmarks = frame.Landmarks, Confidence = frame.Confidence }, frame);
            var rgb = new byte[Size * Size * 3];
            for (var again = 0; again < 2; again++) // from the shard, then from the cache
            {
                data.ReadImage(frame, rgb);
                Assert.True(rgb.Zip(picture, (a, b) => Math.Abs(a - b)).Max() <= 4);
            }
        }
    }

    [Fact]
    public void A_shard_is_a_tar_of_pictures_and_descriptions_at_the_stated_offsets()
    {
        Make(("p", "c", 3));
        var index = DatasetFiles.Load<IndexEntry>(Path.Combine(folder, "dataset.json"));
        var shard = Path.Combine(folder, "shard-00000.tar");
        var bytes = File.ReadAllBytes(shard);
        using var tar = new TarReader(File.OpenRead(shard));
        foreach (var frame in index.People[0].Clips[0].Frames)
        {
            var picture = tar.GetNextEntry()!;
            Assert.Equal(frame.Key + ".jpg", picture.Name);
            Assert.Equal(frame.Length, picture.Length);
            Assert.Equal([0xFF, 0xD8], bytes.AsSpan((int)frame.Offset, 2).ToArray());
            var description = tar.GetNextEntry()!;
            Assert.Equal(frame.Key + ".json", description.Name);
            using var json = JsonDocument.Parse(description.DataStream!);
            Assert.Equal(136, json.RootElement.GetProperty("landmarks").GetArrayLength());
        }
        Assert.Null(tar.GetNextEntry());
    }

    [Fact]
    public void An_interrupted_run_goes_on_and_ends_in_the_same_bytes()
    {
        var other = Directory.CreateTempSubdirectory("fml-dataset-").FullName;
        try
        {
            using (var whole = DatasetWriter.Create(other, Options()))
            {
                whole.AddClip("p", "a", [Frame("p", "a", 0)], []);
                whole.AddClip("p", "b", [Frame("p", "b", 1)], []);
                whole.Finish();
            }
            using (var first = DatasetWriter.Create(folder, Options())) first.AddClip("p", "a", [Frame("p", "a", 0)], []);
            Assert.Contains("not finished", Assert.Throws<FmlException>(() => FaceDataset.Open(folder)).Message);
            File.WriteAllText(Path.Combine(folder, ".shard-00001.tar.99.part"), "half");
            File.WriteAllText(Path.Combine(folder, "shard-00001.tar"), "whole, but its part of the index was never written");
            using (var second = DatasetWriter.Create(folder, Options()))
            {
                Assert.True(second.IsDone("p", "a"));
                Assert.False(second.IsDone("p", "b"));
                second.AddClip("p", "b", [Frame("p", "b", 1)], []);
                second.Finish();
            }
            Assert.Equal(
                Directory.GetFiles(other).Select(Path.GetFileName).Order(), Directory.GetFiles(folder).Select(Path.GetFileName).Order());
            foreach (var file in Directory.GetFiles(other))
                Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(folder, Path.GetFileName(file))));
        }
        finally
        {
            Directory.Delete(other, recursive: true);
        }
    }

    [Fact]
    public void Other_options_are_refused_in_one_sentence_that_names_them()
    {
        Make(("p", "c", 1));
        Assert.Contains("stride 1 instead of 2",
            Assert.Throws<FmlException>(() => DatasetWriter.Create(folder, Options(stride: "2"))).Message);
        Assert.Contains("size 24 instead of 32",
            Assert.Throws<FmlException>(() => DatasetWriter.Create(folder, Options(size: 32))).Message);
    }

    [Fact]
    public void A_folder_with_other_things_is_left_alone()
    {
        File.WriteAllText(Path.Combine(folder, "holiday.txt"), "");
        Assert.Contains("not empty", Assert.Throws<FmlException>(() => DatasetWriter.Create(folder, Options())).Message);
    }

    [Fact]
    public void Parts_made_on_two_machines_share_a_folder()
    {
        using var even = DatasetWriter.Create(folder, Options(shard: 0, shards: 2));
        using var odd = DatasetWriter.Create(folder, Options(shard: 1, shards: 2));
        even.AddClip("a", "a", [Frame("a", "a", 0)], []);
        odd.AddClip("b", "b", [Frame("b", "b", 0)], []);
        even.AddClip("c", "c", [Frame("c", "c", 0)], []);
        even.Finish();
        odd.Finish();
        Assert.Equal(["shard-00000.tar", "shard-00001.tar", "shard-00002.tar"],
            Directory.GetFiles(folder, "*.tar").Select(Path.GetFileName).Order());
        using var data = FaceDataset.Open(folder);
        Assert.Equal(["a", "b", "c"], data.People.Select(p => p.Name));
    }

    [Fact]
    public void Damaged_datasets_are_named()
    {
        Assert.Contains("no folder", Assert.Throws<FmlException>(() => FaceDataset.Open(Path.Combine(folder, "absent"))).Message);
        Assert.Contains("no dataset", Assert.Throws<FmlException>(() => FaceDataset.Open(folder)).Message);
        Make(("p", "c", 2));
        var shard = Path.Combine(folder, "shard-00000.tar");
        var good = File.ReadAllBytes(shard);

        var zeroed = (byte[])good.Clone();
        zeroed.AsSpan(512, 900).Clear();
        File.WriteAllBytes(shard, zeroed);
        using (var data = FaceDataset.Open(folder))
            Assert.Contains("damaged", Assert.Throws<FmlException>(() =>
                data.ReadImage(data.People[0].Frames[0], new byte[Size * Size * 3])).Message);

        File.WriteAllBytes(shard, good[..^600]);
        Assert.Contains("bytes instead of", Assert.Throws<FmlException>(() => FaceDataset.Open(folder)).Message);
        File.Delete(shard);
        Assert.Contains("missing", Assert.Throws<FmlException>(() => FaceDataset.Open(folder)).Message);

        var index = Path.Combine(folder, "dataset.json");
        File.WriteAllText(index, File.ReadAllText(index)[..200]);
        Assert.Contains("damaged", Assert.Throws<FmlException>(() => FaceDataset.Open(folder)).Message);
        File.WriteAllText(index, "{}");
        Assert.Contains("damaged", Assert.Throws<FmlException>(() => FaceDataset.Open(folder)).Message);
    }

    [Fact]
    public void Many_threads_read_the_same_pictures_with_and_without_a_cache()
    {
        Make(("p", "c", 12));
        foreach (var cache in new long[] { 0, 5 * Size * Size * 3, 1 << 20 })
        {
            using var data = FaceDataset.Open(folder, cache);
            Parallel.For(0, 200, i =>
            {
                var frame = data.People[0].Frames[i % 12];
                var rgb = new byte[Size * Size * 3];
                data.ReadImage(frame, rgb);
                Assert.True(rgb.Zip(Picture(frame.Index), (a, b) => Math.Abs(a - b)).Max() <= 4);
            });
        }
    }

    [Fact]
    public void Keys_stay_different_and_short_whatever_the_names()
    {
        string[] names = ["a b", "a-b", "a.b", "ü", "a/b", new('x', 200), new string('x', 199) + "y"];
        var keys = names.Select(n => FaceFrame.MakeKey(n, n, 7)).Concat(names.Select(n => FaceFrame.MakeKey(n, "clip.mp4", 7))).ToArray();
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.All(keys, key => Assert.Null(FrameKeys.Fault(key)));
        Assert.Equal("anna/take-1/000012", FaceFrame.MakeKey("anna", "take-1", 12));
        Assert.NotNull(FrameKeys.Fault("a.b"));
    }

    [Fact]
    public void Frames_that_do_not_fit_are_refused()
    {
        using var writer = DatasetWriter.Create(folder, Options());
        var good = Frame("p", "c", 0);
        Assert.Throws<ArgumentException>(() => writer.AddClip("p", "c", [(good.frame, new byte[5])], []));
        Assert.Throws<ArgumentException>(() => writer.AddClip("p", "other", [good], []));
        Assert.Throws<ArgumentException>(() => writer.AddClip("p", "c", [(good.frame with { Landmarks = [] }, good.rgb)], []));
        writer.AddClip("p", "c", [good], []);
        Assert.Throws<ArgumentException>(() => writer.AddClip("p", "c", [good], []));
    }

    [Fact]
    public void A_split_keeps_people_apart_and_does_not_depend_on_order()
    {
        ImmutableArray<PersonFrames> people = [.. Enumerable.Range(0, 20).Select(i => new PersonFrames($"person{i:D2}", []))];
        var split = DatasetSplit.ByPerson(people, 0.25, seed: 3);
        Assert.Equal(5, split.HeldOut.Length);
        Assert.Equal(people.Select(p => p.Name), split.Train.Concat(split.HeldOut).Select(p => p.Name).Order());
        var reversed = DatasetSplit.ByPerson([.. people.Reverse()], 0.25, seed: 3);
        Assert.Equal(split.HeldOut.Select(p => p.Name), reversed.HeldOut.Select(p => p.Name).Order());
        Assert.NotEqual(split.HeldOut.Select(p => p.Name), DatasetSplit.ByPerson(people, 0.25, seed: 4).HeldOut.Select(p => p.Name));
        Assert.Empty(DatasetSplit.ByPerson(people[..1], 0.5).HeldOut);
        Assert.Single(DatasetSplit.ByPerson(people[..2], 0.01).HeldOut);
        Assert.Single(DatasetSplit.ByPerson(people[..2], 0.99).Train);
    }

    [Fact]
    public void Crop_and_camera_agree()
    {
        var crop = CropTransform.Around(new Vector2(200, 150), 128, 64);
        Assert.Equal(new Vector2(32, 32), crop.Apply(new Vector2(200, 150)));
        Assert.Equal(new Vector2(0, 0), crop.Apply(new Vector2(136, 86)));
        var camera = new Intrinsics(700, 180, 144);
        // K_crop = A K: a point projected by K and then cropped is the point projected by K_crop.
        var (x, y) = (0.31f, -0.22f);
        var there = crop.Apply(new Vector2(camera.CenterX + camera.Focal * x, camera.CenterY + camera.Focal * y));
        var inCrop = crop.Apply(camera);
        Assert.True(Vector2.Distance(there, new(inCrop.CenterX + inCrop.Focal * x, inCrop.CenterY + inCrop.Focal * y)) <= 1e-3f);
        var back = crop.Invert(inCrop);
        Assert.True(Math.Abs(back.Focal - 700) + Math.Abs(back.CenterX - 180) + Math.Abs(back.CenterY - 144) <= 1e-3f);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
