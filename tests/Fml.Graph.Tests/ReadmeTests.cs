using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Fml.Graph.Tests;

public sealed class ReadmeTests
{
    private static readonly string Root = FindRoot();

    [Fact]
    public void The_readme_shows_the_example_program_as_it_is_and_it_has_at_most_twenty_lines()
    {
        var program = File.ReadAllText(Path.Combine(Root, "tests/GraphExample/Program.cs")).ReplaceLineEndings("\n");
        Assert.InRange(program.Count(c => c == '\n'), 1, 20);
        Assert.Contains($"```csharp\n{program}```", File.ReadAllText(Path.Combine(Root, "README.md")).ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("csharp", "Softmax.cs")]
    [InlineData("cuda", "softmax.cu")]
    public void The_page_about_primitives_shows_the_example_as_it_is(string language, string file)
    {
        var source = File.ReadAllText(Path.Combine(Root, "tests/GraphExample", file)).ReplaceLineEndings("\n");
        Assert.Contains($"```{language}\n{source}```", File.ReadAllText(Path.Combine(Root, "docs/own-primitive.md")).ReplaceLineEndings("\n"));
    }

    [Fact]
    public void The_example_program_prints_a_gradient_and_learns()
    {
        var output = new StringWriter();
        var before = Console.Out;
        Console.SetOut(output);
        try
        {
            Assembly.Load("GraphExample").EntryPoint!.Invoke(null, [Array.Empty<string>()]);
        }
        finally
        {
            Console.SetOut(before);
        }
        Assert.Contains("MatMul", output.ToString());
        var loss = Regex.Match(output.ToString(), @"loss after 2000 steps: ([\d.]+)").Groups[1].Value;
        Assert.True(float.Parse(loss, CultureInfo.InvariantCulture) <= 0.01f, output.ToString());
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FmlNative.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("the tests do not lie inside the repository");
    }
}
