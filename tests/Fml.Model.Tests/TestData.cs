namespace Fml.Model.Tests;

/// <summary>Third-party data beside the project, which is not part of it: tests that need it skip where it is absent.</summary>
internal static class TestData
{
    /// <summary>The path of a file under shared/data, or the end of the test.</summary>
    public static string Find(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "shared", "data", relative);
            if (File.Exists(path)) return path;
        }
        Assert.Skip($"shared/data/{relative} is not beside the project");
        return "";
    }
}
