using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class EvaluationFileTests : IDisposable
{
    private static readonly ImmutableArray<EvaluationRow> Rows =
    [
        new("network", "test", EvaluationRow.Neutral, 4, "error, rigid, mm", 2.5000000000000004, 0.5, 2.25, 2.75, 24),
        new("fit \"slow\" (1 people)", "a, b", EvaluationRow.Expressed, 1, "error, with scale, mm", 1e-12, null, null, null, 1),
        new("mean face", "test", "", 0, "between over within", double.PositiveInfinity, null, null, null, null),
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("fml-evaluation-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Rows_come_back_from_CSV_as_they_were()
    {
        var text = EvaluationFile.ToCsv(Rows);
        Assert.StartsWith("method,dataset,expression,frames,figure,mean,std,low,high,people\n", text);
        Assert.Contains("\nnetwork,test,neutral,4,\"error, rigid, mm\",2.5000000000000004,0.5,2.25,2.75,24\n", text);
        Assert.Equal(Rows, EvaluationFile.FromCsv(text));
    }

    [Fact]
    public void Everything_comes_back_from_JSON_as_it_was()
    {
        var file = new EvaluationFile(
            "fml-evaluation/1", "run", "data/test", "24 people", Rows, [new EvaluationCurve("network", "test", [0, 1], [0.25, 1])],
            [new EvaluationPersonRow("network", "test", "p1", 1.5, 1.25, 3, 2, null)]);
        file.Save(folder);
        var read = EvaluationFile.Load(folder);
        Assert.Equal(Rows, read.Rows);
        Assert.Equal(file.People, read.People);
        Assert.Equal(file.Curves[0].Shares, read.Curves[0].Shares);
        Assert.Equal("24 people", read.Population);
        Assert.Equal(Rows, EvaluationFile.FromCsv(File.ReadAllText(Path.Combine(folder, "evaluation.csv"))));
    }

    [Fact]
    public void Damaged_files_are_refused()
    {
        Assert.Contains("no evaluation", Assert.Throws<FmlException>(() => EvaluationFile.FromCsv("a,b\n1,2\n")).Message);
        var cut = EvaluationFile.ToCsv(Rows).TrimEnd('\n')[..^6];
        Assert.Contains("damaged", Assert.Throws<FmlException>(() => EvaluationFile.FromCsv(cut)).Message);
        Assert.Contains(folder, Assert.Throws<FmlException>(() => EvaluationFile.Load(folder)).Message);
        File.WriteAllText(Path.Combine(folder, "evaluation.json"), "{\"format\": \"else\"}");
        Assert.Contains("else", Assert.Throws<FmlException>(() => EvaluationFile.Load(folder)).Message);
    }
}
