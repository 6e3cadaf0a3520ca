using System.Collections.Immutable;

namespace Fml.Model;

/// <summary>One pair of photo and true mesh, measured.</summary>
/// <param name="Person">The person.</param>
/// <param name="Expression">What the face does, by the name that it has for everybody.</param>
/// <param name="Photos">Photos of the person that were used together.</param>
/// <param name="Unit">Millimetres per unit of the mesh's file.</param>
/// <param name="Vertices">True vertices that distances were measured from.</param>
/// <param name="MeanFace">Error of the run's mean face, which has no expression.</param>
/// <param name="Alone">Error of the face with expression by this photo alone.</param>
/// <param name="Together">Error of the face with this photo's expression and the identity by all of the person's photos.</param>
public sealed record ProtocolMeasurement(
    string Person, string Expression, int Photos, double Unit, int Vertices, GeometryError MeanFace, GeometryError Alone, GeometryError Together);

/// <summary>What a protocol came to.</summary>
/// <param name="Protocol">The protocol.</param>
/// <param name="Run">The run or model file.</param>
/// <param name="Folder">The data's folder.</param>
/// <param name="Radius">Of the region around the nose's tip, mm.</param>
/// <param name="Pairs">Every pair that was measured; at least one.</param>
/// <param name="Skipped">What was left out, and why.</param>
public sealed record ProtocolResult(
    MeshProtocol Protocol, string Run, string Folder, double Radius, ImmutableArray<ProtocolMeasurement> Pairs, ImmutableArray<SkippedFrame> Skipped)
{
    /// <summary>Name of the rows over all expressions.</summary>
    public const string AllExpressions = "all";

    /// <summary>Over all expressions: the mean of a person's pairs, then over people.</summary>
    public AccuracyTable Overall => Table(Pairs);

    /// <summary>Each expression over the people who show it, in order of appearance.</summary>
    public ImmutableArray<(string Expression, AccuracyTable Table)> Expressions =>
        [.. Pairs.GroupBy(pair => pair.Expression).Select(group => (group.Key, Table([.. group])))];

    private static AccuracyTable Table(IReadOnlyCollection<ProtocolMeasurement> pairs)
    {
        var people = pairs.GroupBy(pair => pair.Person).ToArray();
        GeometryError[] Errors(Func<ProtocolMeasurement, GeometryError> error) => [.. people.Select(p => GeometryError.Mean([.. p.Select(error)])!)];
        var meanFace = Errors(pair => pair.MeanFace);
        var photos = pairs.Select(pair => pair.Photos).Distinct().ToArray();
        return new AccuracyTable(
            $"{people.Length} {(people.Length == 1 ? "person" : "people")}",
            AccuracyRow.Of(AccuracyTable.MeanFaceLabel, 0, meanFace),
            [
                AccuracyRow.Of("each photo alone", 1, Errors(pair => pair.Alone), meanFace),
                AccuracyRow.Of("a person's photos together", photos.Length == 1 ? photos[0] : 0, Errors(pair => pair.Together), meanFace),
            ],
            [], null);
    }
}
