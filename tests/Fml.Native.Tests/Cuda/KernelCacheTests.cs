using Fml.Native;

namespace Fml.Native.Tests.Cuda;

public sealed class KernelCacheTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fml-cache-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_was_compiled_once_is_not_compiled_again()
    {
        var cache = new KernelCache(folder);
        var compiler = Compiler.OrSkip(cache);
        var (source, target) = (new CudaSource("empty.cu", "extern \"C\" __global__ void empty() {}"), new CompileTarget(compiler.Architectures[0]));
        var image = compiler.Compile(source, target);
        Assert.Equal(1, cache.Measure().Count);

        // A mark in the place of the image shows that it is the entry that is read.
        var key = Path.GetFileNameWithoutExtension(Assert.Single(Directory.GetFiles(folder)));
        Assert.Equal(image, cache.Read(key));
        cache.Write(key, [1, 2, 3]);
        Assert.Equal([1, 2, 3], compiler.Compile(source, target));

        compiler.Compile(source.Define("WIDTH", "1"), target);
        compiler.Compile(source, new CompileTarget(compiler.Architectures[^1]));
        compiler.Compile(source, target with { Portable = true });
        Assert.Equal(4, cache.Measure().Count);
    }

    [Fact]
    public void A_damaged_entry_is_compiled_again_and_mended()
    {
        var cache = new KernelCache(folder);
        var compiler = Compiler.OrSkip(cache);
        var (source, target) = (new CudaSource("empty.cu", "extern \"C\" __global__ void empty() {}"), new CompileTarget(compiler.Architectures[0]));
        var image = compiler.Compile(source, target);
        var path = Assert.Single(Directory.GetFiles(folder));
        var whole = File.ReadAllBytes(path);
        byte[][] damages = [[], whole[..20], whole[..^7], [.. whole[..^1], (byte)(whole[^1] ^ 1)]];
        foreach (var damaged in damages)
        {
            File.WriteAllBytes(path, damaged);
            Assert.Equal(image, compiler.Compile(source, target));
            Assert.Equal(whole, File.ReadAllBytes(path));
        }
    }

    [Fact]
    public void A_folder_that_cannot_be_written_to_keeps_nothing_and_harms_nothing()
    {
        var file = Path.Combine(folder, "file");
        File.WriteAllText(file, "");
        var cache = new KernelCache(Path.Combine(file, "below"));
        Assert.False(cache.Write("key", [1]));
        Assert.Null(cache.Read("key"));
        Assert.Equal((0, 0L), cache.Measure());
    }

    [Fact]
    public void A_key_tells_its_parts_apart()
    {
        string[][] different = [["ab", "c"], ["a", "bc"], ["abc"], ["c", "ab"], ["abc", ""]];
        Assert.Equal(different.Length, different.Select(KernelCache.Key).Distinct().Count());
        Assert.Equal(KernelCache.Key(["ab", "c"]), KernelCache.Key(["ab", "c"]));
    }
}
