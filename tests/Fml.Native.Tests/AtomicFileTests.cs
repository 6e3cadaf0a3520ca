namespace Fml.Native.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fml-atomic-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_and_no_other()
    {
        var path = Path.Combine(folder, "a.bin");
        AtomicFile.WriteText(path, "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(Assert.Single(Directory.GetFiles(folder))));
    }

    [Fact]
    public void What_killed_writes_of_a_file_left_behind_goes_and_everything_else_stays()
    {
        string[] kept = ["a.bin", ".b.bin.7-1.part", "a.bin.part", ".a.bin"];
        foreach (var name in kept.Append(".a.bin.7-1.part").Append(".a.bin.123-45.part")) File.WriteAllText(Path.Combine(folder, name), "x");
        AtomicFile.RemoveLeftovers(Path.Combine(folder, "a.bin"));
        Assert.Equal(kept.Order(), Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        AtomicFile.RemoveLeftovers(Path.Combine(folder, "nowhere", "a.bin"));
    }
}
