using System.Text.RegularExpressions;
using Fml.Native;

namespace Fml.Native.Tests.Cuda;

public sealed partial class LibrarySearchTests : IDisposable
{
    private static readonly NvidiaLibrary Absent = new("Absent", ["libfml-absent.so.13", "libfml-absent.so.12"], ["libfml-absent.so"], AbsentFile());

    private readonly string folder = Directory.CreateTempSubdirectory("fml-search-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_message_lists_everything_that_was_tried_in_order()
    {
        var named = Path.Combine(folder, "named");
        var empty = Directory.CreateDirectory(Path.Combine(folder, "empty")).FullName;
        foreach (var name in new[] { "libfml-absent.so.9", "libfml-absent.so.10" }) File.WriteAllText(Path.Combine(folder, name), "no library");
        var search = LibrarySearch.Find(Absent, null, [named], [empty, folder]);
        Assert.False(search.Found);
        Assert.Collection(
            search.Tried,
            tried => Assert.Equal($"{named} (does not exist)", tried),
            tried => Assert.Equal("libfml-absent.so.13", tried),
            tried => Assert.Equal("libfml-absent.so.12", tried),
            tried => Assert.Equal($"{empty} (holds no Absent)", tried),
            tried => Assert.StartsWith(Path.Combine(folder, "libfml-absent.so.10") + " (", tried),
            tried => Assert.StartsWith(Path.Combine(folder, "libfml-absent.so.9") + " (", tried),
            tried => Assert.Equal("libfml-absent.so", tried));
        Assert.All(search.Tried, tried => Assert.Contains(tried, search.Failure));
    }

    [Fact]
    public void A_library_newer_than_the_driver_is_passed_over()
    {
        File.WriteAllText(Path.Combine(folder, "libfml-absent.so.13"), "no library");
        var search = LibrarySearch.Find(Absent, 12, [folder], []);
        Assert.Contains("needs a driver for CUDA 13; this one is for 12", search.Tried[0]);
        Assert.Contains("needs a driver for CUDA 13; this one is for 12", search.Tried[1]);
        Assert.Equal("libfml-absent.so.12", search.Tried[2]);
    }

    [Fact]
    public void A_compiler_that_was_not_found_says_what_was_tried_and_what_to_do()
    {
        var error = Assert.Throws<FmlException>(() => new NvrtcCompiler(LibrarySearch.Find(Absent, null, [], []), null));
        Assert.Contains("libfml-absent.so.12", error.Message);
        Assert.Contains(CudaFolders.Variable, error.Message);
    }

    [Theory]
    [InlineData("lib/python3.12/site-packages/nvidia/cuda_nvrtc/lib")]
    [InlineData("lib/python3.11/dist-packages/nvidia/cu13/lib")]
    [InlineData("Lib/site-packages/nvidia/cublas/bin")]
    public void Python_packages_are_looked_into(string path)
    {
        Directory.CreateDirectory(Path.Combine(folder, path));
        Assert.Equal([Path.Combine(folder, path)], CudaFolders.WheelsBelow(folder));
    }

    [Fact]
    public void A_compiler_in_a_folder_that_the_system_does_not_know_finds_the_rest_of_itself()
    {
        var compiler = Compiler.OrSkip();
        Assert.True(Path.IsPathRooted(compiler.Location));
        Assert.NotEmpty(compiler.Compile(new CudaSource("empty.cu", "extern \"C\" __global__ void empty() {}"), new(compiler.Architectures[^1])));
    }

    [Theory]
    [InlineData("libnvrtc.so.13", 13)]
    [InlineData("libnvrtc.so.11.8.89", 11)]
    [InlineData("libnvrtc.so", null)]
    [InlineData("libnvrtc-builtins.so.13.0", null)]
    [InlineData("libnvrtc.alt.so.13", null)]
    public void The_version_stands_in_the_name(string file, int? major)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("these are the names on Linux");
        Assert.Equal(major, NvidiaLibrary.Nvrtc.Major(file));
    }

    [GeneratedRegex(@"^libfml-absent\.so(\.(?<major>\d+))?$")]
    private static partial Regex AbsentFile();
}
