using System.Numerics;

namespace Fml.Model.Tests;

internal static class Motions
{
    /// <summary>A turn of 0.9 rad about an oblique axis, a shift, and a change of size.</summary>
    public static Similarity Some => Turn(new Vector3(1, -2, 0.5f), 0.9f, 1.3, new Vector3(30, -12, 5));

    /// <summary>A turn of 0.1 rad and a shift of a few millimetres.</summary>
    public static Similarity Small(double scale) => Turn(new Vector3(1, 1, -0.5f), 0.1f, scale, new Vector3(3, -2, 4));

    private static Similarity Turn(Vector3 axis, float angle, double scale, Vector3 shift)
    {
        var q = Quaternion.CreateFromAxisAngle(Vector3.Normalize(axis), angle);
        var (x, y, z) = (Vector3.Transform(Vector3.UnitX, q), Vector3.Transform(Vector3.UnitY, q), Vector3.Transform(Vector3.UnitZ, q));
        return new Similarity(scale, new(x.X, y.X, z.X), new(x.Y, y.Y, z.Y), new(x.Z, y.Z, z.Z), shift);
    }
}

public class AlignmentTests
{
    private static readonly TestMesh Mesh = TestMeshes.Sphere(70, 3);
    private static readonly Vector3[] Points = Faces.People(Mesh.AsTemplate([]), 1, 3)[0];
    private static readonly int[] Everywhere = [.. Enumerable.Range(0, Mesh.Positions.Length)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_motion_is_found_again(bool withScale)
    {
        var motion = withScale ? Motions.Some : Motions.Some with { Scale = 1 };
        var found = Alignment.Align(Points, motion.Apply(Points), Everywhere, withScale);

        Assert.True(Math.Abs(found.Scale - motion.Scale) <= 1e-5);
        Assert.True((found.RowX - motion.RowX).Length() <= 1e-5);
        Assert.True((found.RowY - motion.RowY).Length() <= 1e-5);
        Assert.True((found.RowZ - motion.RowZ).Length() <= 1e-5);
        Assert.True((found.Translation - motion.Translation).Length() <= 1e-4);
        var back = found.Inverse();
        Assert.All(Points, p => Assert.True(Vector3.Distance(back.Apply(found.Apply(p)), p) <= 1e-4));
    }

    [Fact]
    public void A_mirror_image_is_not_turned_inside_out()
    {
        var found = Alignment.Align(Points, [.. Points.Select(p => p with { X = -p.X })], Everywhere);
        var determinant = Vector3.Dot(found.RowX, Vector3.Cross(found.RowY, found.RowZ));
        Assert.True(Math.Abs(determinant - 1) <= 1e-5);
    }

    [Fact]
    public void Only_the_region_counts()
    {
        var target = (Motions.Some with { Scale = 1 }).Apply(Points);
        int[] region = [.. Everywhere.Where(v => Points[v].Z > 0)];
        foreach (var v in Everywhere.Except(region)) target[v] += new Vector3(50, 9, -20);

        var error = GeometryError.Between(Points, target, region);
        Assert.True(error.Rigid.Mean <= 1e-4 && error.Scaled.Mean <= 1e-4);
        Assert.True(GeometryError.Between(Points, target, Everywhere).Rigid.Mean > 1);
    }

    [Fact]
    public void A_known_displacement_gives_a_known_error()
    {
        // Alternating pushes along the normal on a symmetric mesh: no motion and no change of size can make up for them.
        var sphere = TestMeshes.Sphere(50, 2);
        int[] signs = [1, -1];
        Vector3[] octants = [.. from s in signs from t in signs from u in signs select new Vector3(s, t, u) * 20];
        Vector3[] two = [.. octants.Select(p => p * 1.1f), .. octants.Select(p => p * 1.3f)];
        Vector3[] flat = [.. octants.Select(p => p * 1.2f), .. octants.Select(p => p * 1.2f)];
        var expected = 0.1 * octants[0].Length();

        var error = GeometryError.Between(two, flat, Enumerable.Range(0, 16).ToArray());
        Assert.Equal(expected, error.Rigid.Mean, 1e-4);
        Assert.Equal(0, error.Rigid.Deviation, 1e-4);

        int[] all = [.. Enumerable.Range(0, sphere.Positions.Length)];
        var larger = GeometryError.Between([.. sphere.Positions.Select(p => p * 1.1f)], sphere.Positions.AsSpan(), all);
        Assert.Equal(5, larger.Rigid.Mean, 1e-3);
        Assert.True(larger.Scaled.Mean <= 1e-4);
    }

    [Fact]
    public void Points_that_coincide_give_no_NaN()
    {
        Vector3[] same = [new(1, 2, 3), new(1, 2, 3)];
        var error = GeometryError.Between(same, [new(0, 0, 0), new(0, 0, 0)], [0, 1]);
        Assert.True(error.Rigid.Mean <= 1e-6 && error.Scaled.Mean <= 1e-6);
        Assert.True(GeometryError.Between(same, Points, [0, 1]).Scaled.Mean >= 0);
    }
}
