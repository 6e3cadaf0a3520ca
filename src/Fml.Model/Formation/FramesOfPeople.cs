using Fml.Graph;
using static Fml.Graph.Ops;

namespace Fml.Model;

/// <summary>Rows of people and of their frames, as many frames of each and person by person.</summary>
internal static class FramesOfPeople
{
    /// <summary>One row a person, [K,..], to one row a frame, [F,..].</summary>
    public static Node Repeat(Node perPerson, int frames)
    {
        var k = perPerson.Shape[0];
        var rest = perPerson.Shape.Dimensions[1..];
        return Reshape(BroadcastTo(Reshape(perPerson, [k, 1, .. rest]), [k, frames / k, .. rest]), [frames, .. rest]);
    }

    /// <summary>Sums of the people's rows: [F,..] to [K,..].</summary>
    public static Node Sum(Node perFrame, int people) =>
        Ops.Sum(Reshape(perFrame, [people, perFrame.Shape[0] / people, .. perFrame.Shape.Dimensions[1..]]), [1]);
}
