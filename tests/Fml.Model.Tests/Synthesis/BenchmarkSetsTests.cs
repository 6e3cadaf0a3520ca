using Fml.Native;

namespace Fml.Model.Tests;

public sealed class BenchmarkSetsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("benchmark").FullName;

    private static SynthesisOptions Few(SynthesisOptions options) => options with { People = 2, ClipsPerPerson = 3, CropSize = 64, Supersampling = 1 };

    private static readonly IdentitySource People = new IdentitySource.BuiltIn(2_600);

    private static System.Collections.Immutable.ImmutableArray<BenchmarkSet> Sets(int seed = 1) =>
        [.. BenchmarkSets.Of(People, seed: seed).Select(set => set with { Options = Few(set.Options) })];

    [Fact]
    public void The_sets_share_nobody_but_test_and_its_two_other_conditions_who_are_the_same_people_in_the_same_poses()
    {
        BenchmarkSets.Generate(Sets(), 1, folder, cancellation: TestContext.Current.CancellationToken);

        PersonTruth Truth(string set) => SyntheticTruth.Load(Path.Combine(folder, set), SyntheticPerson.NameOf(0));
        var test = Truth("test");
        foreach (var other in new[] { "train", "validation" }) Assert.NotEqual(test.Neutral, Truth(other).Neutral);
        Assert.NotEqual(Truth("train").Neutral, Truth("validation").Neutral);
        foreach (var same in new[] { "test-occluded", "test-damaged" })
        {
            Assert.Equal(test.Neutral, Truth(same).Neutral);
            foreach (var (one, other) in test.Frames.Zip(Truth(same).Frames))
            {
                Assert.Equal((one.Rotation, one.Translation), (other.Rotation, other.Translation));
                Assert.Equal(one.Expression, other.Expression);
                Assert.Equal(one.Light, other.Light);
            }
        }
    }

    [Fact]
    public void Occluders_cover_part_of_the_picture_and_leave_most_of_it()
    {
        BenchmarkSets.Generate(Sets(), 1, folder, cancellation: TestContext.Current.CancellationToken);

        using var clean = FaceDataset.Open(Path.Combine(folder, "test"));
        using var covered = FaceDataset.Open(Path.Combine(folder, "test-occluded"));
        var (a, b) = (new byte[64 * 64 * 3], new byte[64 * 64 * 3]);
        foreach (var (without, with) in clean.People.SelectMany(p => p.Frames).Zip(covered.People.SelectMany(p => p.Frames)))
        {
            clean.ReadImage(without, a);
            covered.ReadImage(with, b);
            var changed = a.Zip(b).Chunk(3).Count(pixel => pixel.Any(c => Math.Abs(c.First - c.Second) > 40)) / (64.0 * 64);
            Assert.True(changed is > 0.003 and < 0.5, $"{changed:P1} of {with.Key} changed");
        }
    }

    [Fact]
    public void Covered_landmarks_are_less_sure()
    {
        BenchmarkSets.Generate(Sets(), 1, folder, cancellation: TestContext.Current.CancellationToken);

        double Sure(string set)
        {
            using var dataset = FaceDataset.Open(Path.Combine(folder, set));
            return dataset.People.SelectMany(p => p.Frames).SelectMany(f => f.Confidence).Average(c => c > 0.7 ? 1.0 : 0);
        }

        Assert.True(Sure("test-occluded") < Sure("test") - 0.02, $"{Sure("test-occluded")} against {Sure("test")}");
    }

    [Fact]
    public void Damage_changes_pictures_and_not_what_is_known_of_them()
    {
        BenchmarkSets.Generate(Sets(), 1, folder, cancellation: TestContext.Current.CancellationToken);

        using var clean = FaceDataset.Open(Path.Combine(folder, "test"));
        using var poor = FaceDataset.Open(Path.Combine(folder, "test-damaged"));
        var (a, b) = (new byte[64 * 64 * 3], new byte[64 * 64 * 3]);
        foreach (var (before, after) in clean.People.SelectMany(p => p.Frames).Zip(poor.People.SelectMany(p => p.Frames)))
        {
            Assert.Equal(before.Landmarks, after.Landmarks);
            clean.ReadImage(before, a);
            poor.ReadImage(after, b);
            Assert.NotEqual(a, b);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_hashes_and_another_seed_others()
    {
        BenchmarkSets.Generate(Sets(), 1, folder, cancellation: TestContext.Current.CancellationToken);
        using var second = new TemporaryFolder();
        using var third = new TemporaryFolder();
        BenchmarkSets.Generate(Sets(), 1, second.Path, cancellation: TestContext.Current.CancellationToken);
        BenchmarkSets.Generate(Sets(2), 2, third.Path, cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(BenchmarkSets.Stated(folder), BenchmarkSets.Stated(second.Path));
        Assert.All(BenchmarkSets.Stated(third.Path)!, set => Assert.NotEqual(BenchmarkSets.Stated(folder)![set.Key], set.Value));
    }

    [Fact]
    public void A_changed_byte_is_found_and_its_set_named()
    {
        BenchmarkSets.Generate(Sets(), 1, folder, cancellation: TestContext.Current.CancellationToken);
        BenchmarkSets.Verify(folder);

        var shard = Directory.EnumerateFiles(Path.Combine(folder, "validation"), "*.tar").First();
        var bytes = File.ReadAllBytes(shard);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(shard, bytes);

        Assert.Contains("validation", Assert.Throws<FmlException>(() => BenchmarkSets.Verify(folder)).Message);
        Assert.Throws<FmlException>(() => BenchmarkSets.Generate(Sets(), 1, folder, cancellation: TestContext.Current.CancellationToken));
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("benchmark").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
