// The build, in one page: `dotnet tool restore && dotnet cake [--target=Default|Build|Test|Demo|Learn|Bench|Pack|Format|Clean]`.

using System.Text.RegularExpressions;

var target = Argument("target", "Default");
var configuration = Argument("configuration", "Release");
var device = Argument("device", "");
const string Solution = "FmlNative.sln";

// Printed after everything else, so that the last line of a run says how it ended.
var lastLine = "";

Task("Clean")
    .Description("Deletes everything that was built; keeps runs/.")
    .Does(() => CleanDirectories(["src/*/bin", "src/*/obj", "tests/*/bin", "tests/*/obj", "tools/*/bin", "tools/*/obj", "artifacts"]));

Task("Build")
    .Description("Builds the whole solution.")
    .Does(() => DotNet($"build {Solution} -c {configuration} --nologo -v quiet -clp:ErrorsOnly"));

Task("Test")
    .Description("Runs every test program and adds up their counts.")
    .IsDependentOn("Build")
    .Does(() =>
{
    // Where .ci/nvrtc puts the compiler of the CUDA kernels.
    if (DirectoryExists("artifacts/nvrtc") && !HasEnvironmentVariable("FML_CUDA_PATH"))
        System.Environment.SetEnvironmentVariable("FML_CUDA_PATH", MakeAbsolute(Directory("artifacts/nvrtc")).FullPath);
    var runs = GetDirectories("tests/*.Tests").OrderBy(folder => folder.FullPath).Select(RunTests).ToArray();
    var (passed, bad, skipped) = (runs.Sum(r => r.Passed), runs.Sum(r => r.Failed), runs.Sum(r => r.Skipped));
    lastLine = $"{passed} passed, {bad} failed" + (skipped > 0 ? $", {skipped} skipped" : "");
    if (bad > 0) throw new CakeException("Some tests failed.");
});

Task("Demo")
    .Description("Makes synthetic clips, trains, reconstructs held-out people and writes runs/demo/report.html.")
    .IsDependentOn("Build")
    .Does(() => Demo("runs/demo"));

Task("Learn")
    .Description("Four times as many people, half an hour instead of minutes: runs/learn/report.html.")
    .IsDependentOn("Build")
    .Does(() => Demo("runs/learn", "--long"));

Task("Bench")
    .Description("Prints speed and memory of training steps and of the parts they consist of.")
    .IsDependentOn("Build")
    .Does(() => Run($"tools/Fml.Bench/bin/{configuration}/net10.0/Fml.Bench", ""));

Task("Pack")
    .Description("Packs the three libraries into artifacts/packages.")
    .IsDependentOn("Build")
    .Does(() =>
{
    foreach (var project in GetFiles("src/*/*.csproj"))
        DotNet($"pack \"{project}\" -c {configuration} --no-build --nologo -v quiet -o artifacts/packages");
});

Task("Format")
    .Description("Checks whitespace, line length and file length.")
    .Does(() =>
{
    DotNet("format whitespace . --folder --verify-no-changes --exclude bin obj artifacts runs node_modules");
    var faults = GetFiles("{src,tests,tools}/**/*.cs")
        .Where(file => !file.FullPath.Contains("/obj/") && !file.FullPath.EndsWith(".g.cs"))
        .SelectMany(file => Faults(file))
        .ToArray();
    foreach (var fault in faults) Error(fault);
    if (faults.Length > 0) throw new CakeException($"{faults.Length} lines or files are too long.");
});

Task("Default").IsDependentOn("Demo");

try
{
    RunTarget(target);
    if (lastLine != "") Console.WriteLine(lastLine);
}
catch (Exception) when (lastLine != "")
{
    Console.WriteLine(lastLine);
    Environment.Exit(1);
}

// ---------------------------------------------------------------------------------------------------------------------------------

(int Passed, int Failed, int Skipped) RunTests(DirectoryPath folder)
{
    var name = folder.GetDirectoryName();
    Console.WriteLine($"\n{name}");
    var count = new Regex(@"^\s*(total|failed|succeeded|skipped): (\d+)$");
    var settings = new ProcessSettings
    {
        Arguments = "--progress off --no-ansi",
        RedirectStandardOutput = true,
        RedirectedStandardOutputHandler = line =>
        {
            if (line is { Length: > 0 } && !count.IsMatch(line) && !line.StartsWith("Test run summary: ")) Console.WriteLine("  " + line);
            return line;
        },
    };
    var exitCode = StartProcess(Program($"tests/{name}/bin/{configuration}/net10.0/{name}"), settings, out var output);
    var counts = output.OfType<string>()
        .Select(line => count.Match(line))
        .Where(match => match.Success)
        .ToDictionary(match => match.Groups[1].Value, match => int.Parse(match.Groups[2].Value));
    var (passed, bad, skipped) = (counts.GetValueOrDefault("succeeded"), counts.GetValueOrDefault("failed"), counts.GetValueOrDefault("skipped"));

    Console.WriteLine($"  {passed} passed, {bad} failed, {skipped} skipped");

    // A program that crashed, or ran nothing, has failed even if it counted no failure.
    if (exitCode != 0 && bad == 0)
    {
        Console.WriteLine($"  {name} ended with exit code {exitCode}{(exitCode == 8 ? ": it has no tests" : "")}.");
        bad = 1;
    }
    return (passed, bad, skipped);
}

IEnumerable<string> Faults(FilePath file)
{
    var lines = System.IO.File.ReadAllLines(file.FullPath);
    if (lines.Length > 400) yield return $"{file}: {lines.Length} lines; 400 at most";
    for (var i = 0; i < lines.Length; i++)
        if (lines[i].Length > 160) yield return $"{file}:{i + 1}: {lines[i].Length} characters; 160 at most";
}

void Demo(string folder, string length = "")
{
    Run($"tools/Fml.Tools/bin/{configuration}/net10.0/fml", $"demo --out {folder} {length}" + (device == "" ? "" : $" --device {device}"));
    lastLine = $"The report: {MakeAbsolute(File(folder + "/report.html"))}";
}

void DotNet(string arguments) => Run("dotnet", arguments);

void Run(string program, string arguments)
{
    var exitCode = StartProcess(Program(program), new ProcessSettings { Arguments = arguments });
    if (exitCode != 0) throw new CakeException($"{System.IO.Path.GetFileName(program)} {arguments.Split(' ')[0]} ended with exit code {exitCode}.");
}

FilePath Program(string path) => path + (IsRunningOnWindows() && path != "dotnet" ? ".exe" : "");
