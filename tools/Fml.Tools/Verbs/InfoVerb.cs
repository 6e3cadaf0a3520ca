using System.CommandLine;
using Fml.Graph;
using Fml.Model;
using Spectre.Console;

namespace Fml.Tools;

/// <summary><c>fml info</c>: what is in a file, from its header alone.</summary>
internal static class InfoVerb
{
    private const int LongestText = 90, MostPeople = 20;

    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE")
        {
            Description = "A model, checkpoint, template or truth file, or the folder of a dataset, a run or a benchmark.",
        };
        var verify = new Option<bool>("--verify") { Description = "Compares the files of a benchmark with the hashes it states." };
        var command = new Command("info", "Shows what is in a model, checkpoint, template, dataset or benchmark.") { file, verify };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(file);
            if (parsed.GetValue(verify)) BenchmarkSets.Verify(path);
            Describe(path, terminal);
            if (parsed.GetValue(verify)) terminal.Output.WriteLine("All files are what the benchmark states.");
        });
        return command;
    }

    private static void Describe(string path, Terminal terminal)
    {
        if (BenchmarkSets.Stated(path) is { } sets) foreach (var (name, hash) in sets) terminal.Output.WriteLine($"{name,-16} {hash}");
        else if (Path.Combine(path, RunFolder.ModelFile) is var model && File.Exists(model)) DescribeFile(model, terminal);
        else if (Directory.Exists(path)) DescribeDataset(path, terminal);
        else DescribeFile(path, terminal);
    }

    private static void DescribeDataset(string folder, Terminal terminal)
    {
        using var dataset = FaceDataset.Open(folder);
        var frames = dataset.People.Sum(person => person.Frames.Length);
        terminal.Output.WriteLine(
            $"{folder}: {dataset.People.Length} people, {frames} frames of {dataset.CropSize} pixels, {dataset.Skipped.Length} skipped");
        var table = new Table().Border(TableBorder.Simple).AddColumns("person", "clips", "frames");
        foreach (var person in dataset.People.Take(MostPeople))
            table.AddRow(Markup.Escape(person.Name), $"{person.Frames.Select(f => f.Clip).Distinct().Count()}", $"{person.Frames.Length}");
        if (dataset.People.Length > MostPeople) table.AddRow($"and {dataset.People.Length - MostPeople} more");
        if (dataset.People.Length > 0) terminal.Console.Write(table);
        foreach (var reason in dataset.Skipped.GroupBy(s => s.Reason).OrderByDescending(g => g.Count()))
            terminal.Output.WriteLine($"skipped {reason.Count()}: {reason.Key}");
    }

    private static void DescribeFile(string path, Terminal terminal)
    {
        var header = SafetensorsHeader.Read(path);
        var bytes = header.DataOffset + header.Entries.Sum(e => e.End - e.Begin);
        terminal.Output.WriteLine($"{path}: {header.Entries.Length} tensors, {Size(bytes)}");
        if (header.Metadata.Count > 0) terminal.Console.Write(Metadata(header));
        if (header.Entries.Length > 0) terminal.Console.Write(Tensors(header));
    }

    private static Table Metadata(SafetensorsHeader header)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("name", "text");
        foreach (var (name, text) in header.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            var line = text.ReplaceLineEndings(" ");
            table.AddRow(Markup.Escape(name), Markup.Escape(line.Length <= LongestText ? line : line[..LongestText] + "..."));
        }
        return table;
    }

    private static Table Tensors(SafetensorsHeader header)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("tensor", "type", "shape");
        table.AddColumn(new TableColumn("size").RightAligned());
        foreach (var entry in header.Entries.OrderBy(e => e.Name, StringComparer.Ordinal))
            table.AddRow(Markup.Escape(entry.Name), entry.Type, Markup.Escape(entry.Shape), Size(entry.End - entry.Begin));
        return table;
    }

    private static string Size(long bytes) => bytes switch
    {
        < 1 << 10 => $"{bytes} B",
        < 1 << 20 => $"{bytes / 1024.0:0.0} KB",
        < 1 << 30 => $"{bytes / 1048576.0:0.0} MB",
        _ => $"{bytes / 1073741824.0:0.00} GB",
    };
}
