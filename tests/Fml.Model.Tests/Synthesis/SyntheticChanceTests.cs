using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model.Tests;

public sealed class SyntheticChanceTests
{
    private static readonly ImmutableArray<Blendshape> Shapes =
    [
        .. new[]
        {
            "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft",
            "eyeBlinkLeft", "eyeBlinkRight", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeLookDownLeft", "jawOpen", "jawLeft",
            "jawRight", "mouthClose",
            "mouthFunnel", "mouthPucker", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight", "mouthPressLeft",
            "noseSneerLeft",
        }.Select(name => new Blendshape(name, [])),
    ];

    [Fact]
    public void Light_never_shades_negatively_and_exposes_faces_well()
    {
        var random = new Random(5);
        var facing = new List<float>();
        for (var draw = 0; draw < 300; draw++)
        {
            var light = SyntheticLight.Draw(random).At(1.5);
            facing.Add(SphericalHarmonics.Shade(light, Vector3.UnitZ).Y);
            for (var i = 0; i < 100; i++)
            {
                var shading = SphericalHarmonics.Shade(light, random.Direction());
                Assert.True(Math.Min(shading.X, Math.Min(shading.Y, shading.Z)) >= 0, $"{shading}");
            }
        }
        Assert.True(facing.Average() is >= 0.8f and <= 1, $"{facing.Average()}");
    }

    [Fact]
    public void Expressions_are_mild_sparse_smooth_and_within_their_range()
    {
        var random = new Random(6);
        var weights = new List<float>();
        for (var clip = 0; clip < 200; clip++)
        {
            var expression = SyntheticExpression.Draw(random, Shapes, 2);
            for (var time = 0.0; time < 2; time += 0.25)
            {
                var (now, soon) = (expression.At(time), expression.At(time + 0.01));
                weights.AddRange(now);
                for (var i = 0; i < now.Length; i++)
                {
                    Assert.True(now[i] is >= 0 and <= 1, $"{Shapes[i].Name} {now[i]}");
                    Assert.True(Math.Abs(now[i] - soon[i]) <= 0.2, $"{Shapes[i].Name} jumps from {now[i]} to {soon[i]}");
                }
                Assert.True(now[14] == 0 || now[15] == 0, "the jaw moves both ways");
                Assert.True(now[16] <= now[13], "lips closed further than the jaw is open");
            }
        }
        Assert.True(weights.Count(w => w == 0) >= 0.4 * weights.Count, "few are still");
        var deviation = Math.Sqrt(weights.Average(w => w * w) - weights.Average() * weights.Average());
        Assert.True(deviation is >= 0.07 and <= 0.22, $"{deviation}");
    }

    [Fact]
    public void Poses_and_distances_follow_the_stated_distributions()
    {
        var random = new Random(7);
        var options = new SynthesisOptions { Identities = new IdentitySource.Field(BallHead.Create()) };
        var poses = Enumerable.Range(0, 1500).Select(_ => SyntheticPose.Draw(random, options)).ToArray();
        var angles = poses.Select(p => p.AnglesAt(0.7) * (180 / MathF.PI)).ToArray();
        double Deviation(Func<Vector3, float> part) => Math.Sqrt(angles.Average(a => (double)part(a) * part(a)));
        Assert.True(Deviation(a => a.X) is >= 14 and <= 19, $"yaw {Deviation(a => a.X)}");
        Assert.True(Deviation(a => a.Y) is >= 6.5 and <= 9.5, $"pitch {Deviation(a => a.Y)}");
        Assert.True(Deviation(a => a.Z) is >= 4.5 and <= 7.5, $"roll {Deviation(a => a.Z)}");
        Assert.True(angles.All(a => MathF.Abs(a.X) <= 45));
        var logarithms = poses.Select(p => Math.Log(p.Distance / 1000)).ToArray();
        Assert.True(Math.Abs(logarithms.Average()) <= 0.006, $"{logarithms.Average()}");
        Assert.True(Math.Abs(Math.Sqrt(logarithms.Average(l => l * l)) - 0.06) <= 0.005);
    }

    [Fact]
    public void Rotation_vectors_and_quaternions_agree()
    {
        var random = new Random(8);
        for (var i = 0; i < 200; i++)
        {
            var vector = random.Between(0, 3) * random.Direction();
            var back = SyntheticPose.RotationVector(SyntheticPose.Rotation(vector));
            Assert.True(Vector3.Distance(vector, back) <= 1e-5f * (1 + vector.Length()), $"{vector} became {back}");
        }
        Assert.Equal(Vector3.Zero, SyntheticPose.RotationVector(Quaternion.Identity));
    }

    [Fact]
    public void Skin_ranges_from_fair_to_dark_and_stays_a_colour()
    {
        var tones = Enumerable.Range(0, 21).Select(i => SkinPalette.Skin(i / 20f, 0)).ToArray();
        foreach (var (fairer, darker) in tones.Zip(tones.Skip(1)))
            Assert.True(darker.X < fairer.X && darker.Y < fairer.Y && darker.Z < fairer.Z);
        foreach (var tone in tones) Assert.True(tone.X > tone.Y && tone.Y > tone.Z && tone.Z > 0.05f && tone.X < 1, $"{tone}");
    }
}
