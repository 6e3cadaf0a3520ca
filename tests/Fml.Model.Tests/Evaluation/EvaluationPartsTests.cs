using System.Numerics;

namespace Fml.Model.Tests;

public class EvaluationPartsTests
{
    [Fact]
    public void The_curve_and_the_map_of_known_distances_are_known()
    {
        var errors = ErrorDistribution.Of([[0, 1, 2, 3], [0.5, 1, 7, 3]]);
        Assert.Equal(2, errors.People);
        Assert.Equal([0.25, 1, 4.5, 3], errors.Map);
        Assert.Equal(61, errors.Shares.Length);
        double At(double mm) => errors.Shares[(int)Math.Round(10 * mm)];
        Assert.Equal(1 / 8.0, At(0));
        Assert.Equal(1 / 8.0, At(0.4));
        Assert.Equal(2 / 8.0, At(0.5));
        Assert.Equal(4 / 8.0, At(1));
        Assert.Equal(5 / 8.0, At(2.9));
        Assert.Equal(7 / 8.0, At(3));
        Assert.Equal(7 / 8.0, At(6)); // one is 7 mm off
        Assert.Equal(5 / 8.0, errors.ShareWithin(2));
    }

    [Fact]
    public void Half_of_the_vertices_moved_by_two_millimetres_are_one_millimetre_on_average()
    {
        // Every place exists twice, one of the two is pushed outwards: by symmetry the best rigid motion is none.
        int[] signs = [1, -1];
        Vector3[] corners = [.. from s in signs from t in signs from u in signs select new Vector3(s, t, u) * 40];
        Vector3[] truth = [.. corners, .. corners];
        Vector3[] found = [.. corners, .. corners.Select(p => p + 2 * Vector3.Normalize(p))];
        int[] all = [.. Enumerable.Range(0, truth.Length)];
        var error = GeometryError.Between(found, truth, all);
        Assert.Equal(1, error.Rigid.Mean, 1e-4);
        Assert.Equal(1, error.Rigid.Deviation, 1e-4);

        // With scale s on radii r and r + 2, sum (s r - r)^2 + (s (r + 2) - r)^2 is least at s = r (2 r + 2) / (r^2 + (r + 2)^2).
        double r = corners[0].Length(), scale = r * (2 * r + 2) / (r * r + (r + 2) * (r + 2));
        Assert.Equal((Math.Abs(scale * r - r) + Math.Abs(scale * (r + 2) - r)) / 2, error.Scaled.Mean, 1e-4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_pushed_out_errs_along_the_normal_and_what_is_turned_against_the_rest_along_the_surface(bool pushed)
    {
        var ball = TestMeshes.Sphere(50, 3);
        var mesh = ball.AsTemplate();
        Vector3[] truth = [.. ball.Positions];
        // Opposite points go out or in alike, and the two halves turn against one another: the best rigid motion is none.
        Vector3[] found =
        [
            .. truth.Select(p => p + (pushed
                ? 0.5f * MathF.Sign(p.Y * p.Z) * Vector3.Normalize(p)
                : 0.02f * MathF.Sign(p.Z) * Vector3.Cross(p, Vector3.UnitZ))),
        ];
        var moved = truth.Zip(found).Average(pair => (double)Vector3.Distance(pair.First, pair.Second));
        var rigid = ErrorDirections.Of(mesh, [(found, truth)]).Rigid;
        var (large, small) = pushed ? (rigid.Normal.Mean, rigid.Sliding.Mean) : (rigid.Sliding.Mean, rigid.Normal.Mean);
        Assert.True(moved > 0.3);
        Assert.InRange(large, 0.98 * moved, 1.02 * moved);
        Assert.InRange(small, 0, 0.05 * moved);
    }

    [Fact]
    public void Contrasted_frames_are_those_at_the_two_ends()
    {
        double[][] values = [[0, 5], [3, 5], [1, 5.1], [-4, 5], [2, 4.9], [-3, 5]];
        var (first, second) = FrameContrast.Along(values, 2)!.Value;
        int[][] ends = [first, second];
        Assert.Contains(ends, end => end.SequenceEqual([3, 5]));
        Assert.Contains(ends, end => end.SequenceEqual([1, 4]));
        Assert.Null(FrameContrast.Along(values, 4));
        Assert.Null(FrameContrast.Along([[1, 2], [1, 2]], 1));

        var (a, b) = FrameContrast.AtRandom(9, 4, new Random(3));
        Assert.Equal(8, a.Concat(b).Distinct().Count());
        Assert.All(a.Concat(b), i => Assert.InRange(i, 0, 8));
    }

    [Fact]
    public void Halves_of_clips_share_no_clip()
    {
        CropFrame[] frames = [.. "aabbcc".Select((clip, i) => Frame($"{clip}", i))];
        int[][] expected = [[0, 1, 2, 3], [4, 5]];
        Assert.Equal(expected, FrameSets.HalvesOfClips(frames, 4));
        Assert.Equal(2, FrameSets.HalvesOfClips(frames, 2)[0].Length);
        Assert.Single(FrameSets.HalvesOfClips(frames[..2], 4));
    }

    [Fact]
    public void Rotations_ten_degrees_off_are_ten_degrees_off_and_a_common_offset_of_another_mesh_does_not_count()
    {
        Vector3[] truth = [new(0.1f, 0.5f, 0), new(-0.2f, -0.4f, 0.1f), new(0.3f, 0, 0)];
        (Vector3, Vector3)[][] Frames(float degrees) =>
            [[.. truth.Select(w => (After(w, new Vector3(0, 0, degrees * MathF.PI / 180)), w))]];
        var off = PoseAgreement.Of(Frames(10), sameMesh: true);
        Assert.Equal(10, off.Degrees.Mean, 1e-3);
        Assert.Equal(1, off.Correlation, 1e-5); // rolling about its own axis leaves the nose where it is
        Assert.Equal(3, off.Frames);
        Assert.True(PoseAgreement.Of(Frames(10), sameMesh: false).Degrees.Mean <= 1e-3);
        Assert.True(PoseAgreement.Of(Frames(0), sameMesh: true).Degrees.Mean <= 1e-3);
    }

    [Fact]
    public void Lights_differ_by_their_shading()
    {
        Vector3[] Ambient(float strength) => [strength / 0.282095f * Vector3.One, .. new Vector3[8]];
        Assert.Equal(0.3, LightError.Between(Ambient(1), Ambient(0.7f)), 1e-5);
        var lamp = Ambient(1);
        lamp[3] = new Vector3(0.6f, 0, 0); // the mean square of sin over a sphere is a third: 0.6 * 0.488603 / sqrt(3), over three channels
        Assert.Equal(0.6 * 0.488603 / 3, LightError.Between(lamp, Ambient(1)), 1e-5);
        Assert.True(LightError.Between(LightError.AsBright([.. Ambient(0.2f)], [.. Ambient(1)]), Ambient(1)) <= 1e-6);

        var found = LightError.Of([[([.. Ambient(1)], [.. Ambient(1)]), ([.. Ambient(0.5f)], [.. Ambient(0.5f)])]]);
        Assert.Equal((0, 1), (found.Error.Mean, Math.Round(found.Correlation, 6)));
        Assert.Equal(0.25, found.Deviation, 1e-5);
    }

    [Fact]
    public void Growth_is_that_of_the_mean_and_its_interval_is_over_people()
    {
        static GeometryError Error(double rigid) => new(new(rigid, 1), new(2 * rigid, 1));
        var growth = ConditionGrowth.Of("network", EvaluationRow.Neutral, 4, [(Error(2), Error(2.2)), (Error(4), Error(4.7))]);
        Assert.Equal((2.2 + 4.7) / (2 + 4) - 1, growth.Rigid.Mean, 1e-9);
        Assert.Equal(growth.Rigid.Mean, growth.Scaled.Mean, 1e-9);
        Assert.True(growth.Rigid.Interval!.Value.Low < growth.Rigid.Mean && growth.Rigid.Interval.Value.Count == 2);
    }

    [Fact]
    public void Methods_stand_in_one_table_and_the_mean_face_of_another_mesh_has_its_own_row()
    {
        static GeometryError[] Errors(params double[] values) => [.. values.Select(v => new GeometryError(new(v, 1), new(v, 1)))];
        AccuracyTable Table(string name, double mean, double error) => new(
            "2 people", AccuracyRow.Of("mean face", 0, Errors(mean, mean)), [AccuracyRow.Of(name, 4, Errors(error, error + 1), Errors(mean, mean))], [],
            null);
        var combined = AccuracyTable.Combine([("network", Table("network", 3, 2)), ("other", Table("other", 3, 1)), ("built-in", Table("built-in", 5, 4))]);
        Assert.Equal(["network", "other", "mean face of built-in", "built-in"], combined.Network.Select(row => row.Label));
        Assert.Equal(3, combined.MeanFace.Rigid.Mean);
        Assert.Equal(0.5, combined.Network[^1].Rigid.Gain!.Value.Mean, 1e-9);
        Assert.Equal((2.5, 0.5, 2), (combined.Network[0].Rigid.Mean, combined.Network[0].Rigid.Deviation, combined.Network[0].Rigid.Interval!.Value.Count));
    }

    private static Vector3 After(Vector3 rotation, Vector3 first)
    {
        var q = RotationVector.ToQuaternion(rotation) * RotationVector.ToQuaternion(first);
        var axis = new Vector3(q.X, q.Y, q.Z);
        return 2 * MathF.Atan2(axis.Length(), q.W) * Vector3.Normalize(axis);
    }

    private static CropFrame Frame(string clip, int index) => new(
        new FaceFrame
        {
            Key = $"{index}",
            Person = "p",
            Clip = clip,
            Index = index,
            Time = 0,
            Landmarks = [],
            Confidence = [],
            Crop = default,
            Camera = default,
            OriginalWidth = 1,
            OriginalHeight = 1,
        },
        []);
}
