using System.Collections.Immutable;
using System.Diagnostics;
using Fml.Graph;
using Fml.Model;
using Fml.Native;

namespace Fml.Tools.Tests;

public sealed class FmlCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fml-tools-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Without_arguments_it_says_what_can_be_done()
    {
        var (code, _, error) = Run();
        Assert.Equal(1, code);
        Assert.Contains("info", OneSentence(error));
    }

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("frobnicate", "--fast")]
    public void An_unknown_verb_is_named(params string[] args)
    {
        var (code, _, error) = Run(args);
        Assert.Equal(1, code);
        Assert.Contains("does not know 'frobnicate'", OneSentence(error));
    }

    [Fact]
    public void A_missing_argument_and_an_unknown_option_are_explained()
    {
        var (code, _, error) = Run("info");
        Assert.Equal(1, code);
        Assert.Contains("fml info --help", OneSentence(error));
        (code, _, error) = Run("info", "x", "--colour");
        Assert.Equal(1, code);
        Assert.Contains("--colour", OneSentence(error));
    }

    [Fact]
    public void Help_lists_every_verb_and_succeeds()
    {
        var (code, output, error) = Run("--help");
        Assert.Equal(0, code);
        Assert.Empty(error);
        Assert.Contains("info", output);
    }

    [Fact]
    public void Info_describes_a_file()
    {
        var path = Path.Combine(folder, "t.safetensors");
        Sample().Save(path);
        var (code, output, _) = Run("info", path);
        Assert.Equal(0, code);
        Assert.Contains("1 tensors", output);
        Assert.Contains("[2, 3]", output);
        Assert.Contains("MIT [test]", output);
    }

    [Fact]
    public void A_wrong_path_a_folder_and_a_truncated_file_give_one_sentence_and_exit_code_1()
    {
        var path = Path.Combine(folder, "t.safetensors");
        Sample().Save(path);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^5]);
        foreach (var (argument, words) in new[] { (Path.Combine(folder, "none"), "no file"), (folder, "dataset"), (path, "truncated") })
        {
            var (code, output, error) = Run("info", argument);
            Assert.Equal(1, code);
            Assert.Empty(output);
            Assert.Contains(words, OneSentence(error));
        }
    }

    [Fact]
    public void Every_verb_explains_itself()
    {
        foreach (var verb in new[] { "demo", "prepare", "synth", "train", "reconstruct", "fit", "evaluate", "template", "import-ict", "info" })
        {
            var (code, output, error) = Run(verb, "--help");
            Assert.Equal(0, code);
            Assert.Empty(error);
            Assert.Contains($" {verb} ", output);
        }
    }

    [Fact]
    public void Paths_that_lead_nowhere_are_named_by_every_verb_that_reads_and_nothing_is_written()
    {
        var nowhere = Path.Combine(folder, "nowhere");
        var output = Path.Combine(folder, "out");
        string[][] commands =
        [
            ["train", nowhere, "-o", output],
            ["reconstruct", nowhere, nowhere, "-o", output],
            ["fit", nowhere, nowhere, "-o", output],
            ["import-ict", nowhere, "-o", output],
            ["synth", "-o", output, "--template", nowhere],
            ["synth", "-o", output, "--ict", nowhere],
            ["train", folder, "-o", output],
        ];
        foreach (var command in commands)
        {
            var (code, _, error) = Run(command);
            Assert.Equal(1, code);
            Assert.Contains(folder, OneSentence(error));
            Assert.False(Path.Exists(output), string.Join(' ', command));
        }
    }

    [Fact]
    public void A_template_is_written_as_its_ending_says()
    {
        var path = Path.Combine(folder, "head.safetensors");
        var (code, output, _) = Run("template", "-o", path, "--vertices", "2500");
        Assert.Equal(0, code);
        Assert.Contains("vertices", output);
        Assert.InRange(FaceTemplateFile.Load(path).VertexCount, 2000, 3500);
        Assert.Equal(0, Run("template", "-o", Path.Combine(folder, "head.glb"), "--vertices", "2500").Code);
        Assert.Contains("'.stl'", OneSentence(Run("template", "-o", Path.Combine(folder, "head.stl")).Error));
        Assert.False(File.Exists(Path.Combine(folder, "head.stl")));
    }

    [Fact]
    public void Synthetic_clips_become_a_dataset_that_info_describes()
    {
        var dataset = Path.Combine(folder, "clips");
        var (code, output, _) = Run("synth", "-o", dataset, "--people", "2", "--clips", "1", "--frames", "2", "--size", "48");
        Assert.Equal(0, code);
        Assert.Contains("2 people", output);
        Assert.Contains("2 people, 4 frames of 48 pixels", Run("info", dataset).Output);
        (code, _, var error) = Run("synth", "-o", Path.Combine(folder, "none"), "--people", "0");
        Assert.Equal(1, code);
        Assert.Contains("0 people", OneSentence(error));
    }

    [Fact]
    public void Fit_writes_what_reconstruct_writes_and_says_what_it_changed()
    {
        string[] Made(string verb, params string[] options)
        {
            var output = Path.Combine(folder, verb);
            var (code, text, error) = Run([verb, Path.Combine(folder, "run"), Path.Combine(folder, "clips"), "-o", output, .. options]);
            Assert.True(code == 0, error);
            Assert.Contains("2 people", text);
            if (verb == "fit") Assert.Equal(2, text.Split("\n").Count(line => line.Contains(" -> ", StringComparison.Ordinal)));
            return [.. Directory.GetFiles(output).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];
        }

        Assert.Equal(0, Run("synth", "-o", Path.Combine(folder, "clips"), "--people", "2", "--clips", "1", "--frames", "2", "--size", "48").Code);
        using (var dataset = FaceDataset.Open(Path.Combine(folder, "clips")))
        using (var trainer = Trainer.Open(
            dataset, ProceduralHead.Create(), Recipes.Small(48).WithSteps(1e-3) with { HeldOut = 0 }, Path.Combine(folder, "run"), Device.Default))
            trainer.Run(cancel: TestContext.Current.CancellationToken);
        Assert.Equal(Made("reconstruct"), Made("fit", "--steps", "3"));
        Assert.Contains("--steps", OneSentence(Run("fit", folder, folder, "-o", Path.Combine(folder, "none"), "--steps", "0").Error));
    }

    [Fact]
    public void An_interrupt_stops_with_130_and_leaves_nothing_half_written()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill, which Windows lacks");
        var dataset = Path.Combine(folder, "clips");
        string[] arguments = ["synth", "-o", dataset, "--people", "400", "--clips", "1", "--frames", "4", "--size", "48"];
        var program = Path.Combine(AppContext.BaseDirectory, "fml.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        while (!Directory.Exists(dataset) && !process.HasExited) Thread.Sleep(20);
        Process.Start("kill", ["-INT", $"{process.Id}"]).WaitForExit();
        var error = process.StandardError.ReadToEnd();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 130, $"exit code {process.ExitCode}: {error}");
        Assert.Empty(Directory.GetFiles(dataset, ".*", SearchOption.AllDirectories));
        Assert.Contains("not finished", OneSentence(Run("info", dataset).Error));
    }

    [Fact]
    public void Progress_without_a_terminal_is_a_few_plain_lines()
    {
        var output = new StringWriter();
        var lines = new ProgressDisplay.Lines(output);
        for (var i = 0; i <= 1000; i++) lines.Report(new("training", i / 1000.0, $"step {i}"));
        lines.Report(new("measuring", 0));
        var text = output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("training: 0 %, step 0", text[0]);
        Assert.Equal("training: 100 %, step 1000", text[^2]);
        Assert.Equal("measuring: 0 %", text[^1]);
        Assert.Equal(7, text.Length);
    }

    [Fact]
    public void A_device_that_is_not_there_is_named() =>
        Assert.Contains("'gpu'", Assert.Throws<FmlException>(() => DeviceOption.Resolve("gpu", new Terminal(TextWriter.Null, TextWriter.Null))).Message);

    private static SafetensorsFile Sample() => new(
        ImmutableDictionary<string, string>.Empty.Add("licence", "MIT [test]"),
        ImmutableDictionary<string, HostTensor>.Empty.Add("x", HostTensor.Of(new float[6], 2, 3)));

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = FmlCommand.Run(args, new Terminal(output, error));
        return (code, output.ToString(), error.ToString());
    }

    private static string OneSentence(string error)
    {
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("   at ", error);
        return error;
    }
}
