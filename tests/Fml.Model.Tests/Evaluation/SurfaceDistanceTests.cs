using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model.Tests;

public class SurfaceDistanceTests
{
    private static readonly FaceTemplate Head = ProceduralHead.Create(2500);

    private static FaceSurface Face(ReadOnlySpan<Vector3> shape) => FaceSurface.Of(Head, shape);

    private static int[] All(FaceSurface surface) => [.. Enumerable.Range(0, surface.Positions.Length)];

    private static FaceSurface Ball(float radius, int levels)
    {
        var mesh = TestMeshes.Sphere(radius, levels);
        return new FaceSurface(mesh.Positions, mesh.Triangles, mesh.Positions[..12]);
    }

    private static FaceSurface Moved(FaceSurface surface, Similarity motion) => surface with
    {
        Positions = [.. motion.Apply(surface.Positions.AsSpan())],
        Landmarks = [.. motion.Apply(surface.Landmarks.AsSpan())],
    };

    // A smooth bulge of a few tenths of a millimetre.
    private static Vector3[] Deformed() => [.. Head.Positions.Select(p => p + 0.4f * new Vector3(
        MathF.Sin(p.Y / 40), MathF.Cos(p.X / 35), MathF.Sin((p.X + p.Y) / 45)))];

    [Fact]
    public void Nearest_points_are_those_of_trying_every_triangle()
    {
        var ball = Ball(50, 2);
        var random = new Random(4);
        var search = new TriangleSearch(ball.Positions.AsSpan(), ball.Triangles.AsSpan());
        for (var i = 0; i < 300; i++)
        {
            var query = new Vector3(random.NextSingle(), random.NextSingle(), random.NextSingle()) * 140 - new Vector3(70);
            var tried = ball.Triangles.Chunk(3).Min(t => Vector3.Distance(
                query, TriangleSearch.OnTriangle(query, ball.Positions[t[0]], ball.Positions[t[1]], ball.Positions[t[2]])));
            var found = search.Nearest(query);
            Assert.Equal(tried, found.Distance, 1e-4f);
            Assert.Equal(found.Distance, Vector3.Distance(found.Point, query), 1e-4f);
        }
    }

    [Theory]
    [InlineData(0.2f, 0.3f, 5, 0.2f, 0.3f, 0)]   // above the inside
    [InlineData(-3, -4, 0, 0, 0, 0)]              // a corner
    [InlineData(0.5f, -2, 1, 0.5f, 0, 0)]         // an edge
    [InlineData(2, 2, 0, 0.5f, 0.5f, 0)]          // the long edge
    public void The_nearest_point_of_a_triangle_is_known(float x, float y, float z, float nx, float ny, float nz)
    {
        var found = TriangleSearch.OnTriangle(new(x, y, z), Vector3.Zero, Vector3.UnitX, Vector3.UnitY);
        Assert.True(Vector3.Distance(found, new(nx, ny, nz)) <= 1e-6);
    }

    [Fact]
    public void A_triangle_without_area_gives_no_NaN()
    {
        Assert.Equal(new Vector3(1, 0, 0), TriangleSearch.OnTriangle(new(1, 5, 0), Vector3.Zero, Vector3.Zero, new(3, 0, 0)));
        Assert.Equal(Vector3.One, TriangleSearch.OnTriangle(Vector3.Zero, Vector3.One, Vector3.One, Vector3.One));
    }

    [Fact]
    public void Points_on_either_side_of_a_plane_are_as_far_from_it_as_they_were_put()
    {
        var grid = TestMeshes.Grid(21, 21, 5);
        ImmutableArray<Vector3> landmarks = [new(0, 0, 0), new(100, 0, 0), new(0, 100, 0), new(100, 100, 0)];
        var plane = new FaceSurface(grid.Positions, grid.Triangles, landmarks);
        // Up and down by turns, symmetrically: no motion can make up for it.
        var rough = plane with { Positions = [.. grid.Positions.Select(p => p with { Z = ((int)(p.X / 5) + (int)(p.Y / 5)) % 2 == 0 ? 0.7f : -0.7f })] };
        int[] inner = [.. All(rough).Where(v => grid.Positions[v].X is > 1 and < 99 && grid.Positions[v].Y is > 1 and < 99)];
        int[] even = [.. inner.Where(v => grid.Positions[v].X < 94 && grid.Positions[v].Y < 94)];
        var error = SurfaceDistance.Between(plane, rough, even);
        Assert.Equal(0.7, error.Rigid.Mean, 0.01);
        Assert.Equal(0.7, error.Scaled.Mean, 0.01);
    }

    [Fact]
    public void A_larger_ball_is_farther_by_the_difference_of_the_radii_and_its_size_made_equal_by_nothing()
    {
        // Distances to the facets of a fine ball: a little less than to the ball itself.
        var error = SurfaceDistance.Between(Ball(55, 4), Ball(50, 3), All(Ball(50, 3)));
        Assert.Equal(5, error.Rigid.Mean, 0.1);
        Assert.True(error.Scaled.Mean <= 0.1, $"{error.Scaled}");
    }

    [Fact]
    public void The_same_face_moved_is_at_no_distance_as_vertex_by_vertex()
    {
        var truth = Face(Head.Positions.AsSpan());
        var rigid = SurfaceDistance.Between(Moved(truth, Motions.Some with { Scale = 1 }), truth, Head.EvaluationRegion.AsSpan());
        Assert.True(rigid.Rigid.Mean <= 1e-3 && rigid.Scaled.Mean <= 1e-3, $"{rigid}");
        var larger = Moved(truth, Motions.Some);
        var scaled = SurfaceDistance.Between(larger, truth, Head.EvaluationRegion.AsSpan());
        var known = GeometryError.Between(larger.Positions.AsSpan(), truth.Positions.AsSpan(), Head.EvaluationRegion.AsSpan());
        Assert.True(scaled.Scaled.Mean <= 1e-3 && known.Scaled.Mean <= 1e-3, $"{scaled}");
        Assert.True(scaled.Rigid.Mean > 1 && scaled.Rigid.Mean <= known.Rigid.Mean, $"{scaled} {known}");
    }

    [Fact]
    public void A_small_smooth_deformation_is_never_farther_than_vertex_by_vertex()
    {
        var shape = Deformed();
        var region = Head.EvaluationRegion.AsSpan();
        var known = GeometryError.Between(shape, Head.Positions.AsSpan(), region);
        var found = SurfaceDistance.Between(Face(shape), Face(Head.Positions.AsSpan()), region);
        Assert.True(found.Rigid.Mean <= known.Rigid.Mean && found.Scaled.Mean <= known.Scaled.Mean, $"{found} {known}");
        Assert.True(found.Rigid.Mean >= 0.25 * known.Rigid.Mean, $"{found} {known}");
    }

    [Fact]
    public void The_reconstruction_may_be_triangulated_otherwise()
    {
        var truth = Face(Head.Positions.AsSpan());
        var shape = Face(Deformed());
        var coarse = SurfaceDistance.Between(shape, truth, Head.EvaluationRegion.AsSpan());
        // Every triangle in three: the same surface.
        var (positions, triangles) = (shape.Positions.ToBuilder(), ImmutableArray.CreateBuilder<int>());
        foreach (var t in shape.Triangles.Chunk(3))
        {
            var middle = positions.Count;
            positions.Add((shape.Positions[t[0]] + shape.Positions[t[1]] + shape.Positions[t[2]]) / 3);
            triangles.AddRange(t[0], t[1], middle, t[1], t[2], middle, t[2], t[0], middle);
        }
        var fine = SurfaceDistance.Between(
            new FaceSurface(positions.ToImmutable(), triangles.ToImmutable(), shape.Landmarks), truth, Head.EvaluationRegion.AsSpan());
        Assert.Equal(coarse.Rigid.Mean, fine.Rigid.Mean, 1e-3);
        Assert.Equal(coarse.Scaled.Mean, fine.Scaled.Mean, 1e-3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Landmarks_that_are_wrong_by_millimetres_or_a_turned_start_still_lead_there(bool halfTurn)
    {
        var truth = Face(Head.Positions.AsSpan());
        var motion = halfTurn ? new Similarity(1, -Vector3.UnitX, Vector3.UnitY, -Vector3.UnitZ, new(9, 8, 7)) : Similarity.Identity;
        var given = Moved(truth, motion);
        var random = new Random(7);
        given = given with
        {
            Landmarks = [.. given.Landmarks.Select(p => p + new Vector3(
                8 * random.NextSingle() - 6, 8 * random.NextSingle() - 2, 8 * random.NextSingle() - 4))],
        };
        var error = SurfaceDistance.Between(given, truth, Head.EvaluationRegion.AsSpan());
        Assert.True(error.Rigid.Mean <= 0.02 && error.Scaled.Mean <= 0.02, $"{error}");
    }

    [Fact]
    public void A_mirrored_face_is_not_turned_inside_out_and_the_head_being_symmetric_lies_near()
    {
        var truth = Face(Deformed());
        var mirrored = truth with
        {
            Positions = [.. truth.Positions.Select(p => p with { X = -p.X })],
            Landmarks = [.. truth.Landmarks.Select(p => p with { X = -p.X })],
        };
        var motion = SurfaceDistance.Align(mirrored, truth, Head.EvaluationRegion.AsSpan(), withScale: false);
        Assert.Equal(1, Vector3.Dot(motion.RowX, Vector3.Cross(motion.RowY, motion.RowZ)), 1e-4f);
    }

    [Fact]
    public void Too_few_landmarks_are_refused()
    {
        var few = Face(Head.Positions.AsSpan());
        few = few with { Landmarks = few.Landmarks[..2] };
        Assert.Throws<ArgumentException>(() => SurfaceDistance.Between(few, few, [0]));
    }
}
