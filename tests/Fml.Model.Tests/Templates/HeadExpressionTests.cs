using System.Numerics;

namespace Fml.Model.Tests;

public class HeadExpressionTests
{
    private static readonly FaceTemplate Head = ProceduralHead.Create();

    private static readonly string[] ArKit =
    [
        "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft", "eyeWideLeft",
            "eyeBlinkRight",
        "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight", "eyeSquintRight", "eyeWideRight", "jawForward",
            "jawLeft", "jawRight",
        "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight", "mouthSmileLeft", "mouthSmileRight",
            "mouthFrownLeft",
        "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight", "mouthRollLower",
            "mouthRollUpper",
        "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight",
            "mouthUpperUpLeft",
        "mouthUpperUpRight", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff",
            "cheekSquintLeft",
        "cheekSquintRight", "noseSneerLeft", "noseSneerRight",
    ];

    private static Vector3[] At(string name) =>
        [.. Head.Positions.Zip(Head.Expressions.Single(e => e.Name == name).Offsets, (p, d) => p + d)];

    private static Vector3 Mark(int index, Vector3[] positions) => Head.Landmarks[index].On(positions);

    [Fact]
    public void Expressions_are_ARKits_without_the_tongue() =>
        Assert.Equal(ArKit.Order(StringComparer.Ordinal), Head.Expressions.Select(e => e.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_expression_moves_a_part_of_the_face_by_millimetres_and_leaves_the_rest()
    {
        foreach (var expression in Head.Expressions)
        {
            float largest = expression.Offsets.Max(d => d.Length());
            Assert.True(largest is > 1.5f and < 40, $"{expression.Name} moves {largest} mm");
            int still = expression.Offsets.Count(d => d == Vector3.Zero);
            Assert.True(still > 0.3 * Head.VertexCount, $"{expression.Name} moves {Head.VertexCount - still} vertices");
            // Nothing moves on the back of the head or at the neck's rim.
            for (int i = 0; i < Head.VertexCount; i++)
                if (Head.Positions[i].Z < -110 || Head.Positions[i].Y < -130) Assert.Equal(Vector3.Zero, expression.Offsets[i]);
        }
    }

    [Theory]
    [InlineData("Left", 1)]
    [InlineData("Right", -1)]
    public void Sided_expressions_move_their_side(string side, int sign)
    {
        string[] both = ["jawLeft", "jawRight", "mouthLeft", "mouthRight"];
        foreach (var expression in Head.Expressions.Where(e => e.Name.EndsWith(side, StringComparison.Ordinal) && !both.Contains(e.Name)))
        {
            double here = 0, there = 0;
            for (int i = 0; i < Head.VertexCount; i++)
            {
                double energy = expression.Offsets[i].LengthSquared();
                if (sign * Head.Positions[i].X > 0) here += energy;
                else there += energy;
            }
            Assert.True(there <= 0.08 * here, $"{expression.Name}: {there / here:f3} of its energy is on the other side");
        }
    }

    [Fact]
    public void The_jaw_opens_the_slit()
    {
        var open = At("jawOpen");
        Assert.InRange(Mark(62, open).Y - Mark(66, open).Y, 18, 32);
        Assert.InRange(Mark(8, Head.Positions.ToArray()).Y - Mark(8, open).Y, 12, 35);
        Assert.True(Vector3.Distance(Mark(30, open), Mark(30, Head.Positions.ToArray())) <= 0.2);
    }

    [Fact]
    public void A_blink_closes_the_lids()
    {
        var mean = Head.Positions.ToArray();
        var shut = At("eyeBlinkLeft");
        foreach (var (upper, lower) in new[] { (43, 47), (44, 46) })
        {
            Assert.True(Mark(upper, mean).Y - Mark(lower, mean).Y > 7);
            Assert.True(Math.Abs(Mark(upper, shut).Y - Mark(lower, shut).Y) <= 0.8,
                $"{Mark(upper, shut).Y - Mark(lower, shut).Y} mm are left open");
        }
        Assert.Equal(Mark(37, mean), Mark(37, shut));
    }

    [Fact]
    public void A_smile_pulls_the_corner_out_and_up()
    {
        var moved = Mark(54, At("mouthSmileLeft")) - Mark(54, Head.Positions.ToArray());
        Assert.True(moved.X > 4 && moved.Y > 4, $"{moved}");
    }

    [Fact]
    public void Expressions_are_independent()
    {
        // Each keeps a share of itself that the others before it cannot make (Gram-Schmidt on normalised columns).
        var basis = new List<Vector3[]>();
        foreach (var expression in ProceduralHead.Create(2_500).Expressions)
        {
            float length = MathF.Sqrt(expression.Offsets.Sum(d => d.LengthSquared()));
            var rest = expression.Offsets.Select(d => d / length).ToArray();
            foreach (var direction in basis)
            {
                float along = 0;
                for (int i = 0; i < rest.Length; i++) along += Vector3.Dot(rest[i], direction[i]);
                for (int i = 0; i < rest.Length; i++) rest[i] -= along * direction[i];
            }
            float left = MathF.Sqrt(rest.Sum(d => d.LengthSquared()));
            Assert.True(left > 0.05f, $"{expression.Name} keeps {left:f3} of itself");
            basis.Add([.. rest.Select(d => d / left)]);
        }
    }
}
