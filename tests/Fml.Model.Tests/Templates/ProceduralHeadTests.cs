using System.Numerics;
using Fml.Native;

namespace Fml.Model.Tests;

public class ProceduralHeadTests
{
    private static readonly FaceTemplate Head = ProceduralHead.Create();

    [Theory]
    [InlineData(2_500)]
    [InlineData(6_700)]
    [InlineData(60_000)]
    public void The_count_is_as_wanted_and_the_mesh_is_a_manifold_with_two_rims(int count)
    {
        var head = ProceduralHead.Create(count);
        Assert.True(Math.Abs(head.VertexCount - count) <= 0.01 * count, $"{head.VertexCount} vertices");
        Assert.Equal(head.VertexCount, head.Triangles.Distinct().Count());
        var edges = new HashSet<(int, int)>();
        for (int t = 0; t < head.Triangles.Length; t += 3)
            for (int e = 0; e < 3; e++)
                Assert.True(edges.Add((head.Triangles[t + e], head.Triangles[t + (e + 1) % 3])), "an edge is used twice in one direction");
        var next = new Dictionary<int, int>();
        foreach (var (a, b) in edges)
            if (!edges.Contains((b, a))) Assert.True(next.TryAdd(a, b), "two rims touch");
        // The neck's rim and the mouth's hole.
        var rims = new List<int>();
        while (next.Count > 0)
        {
            int at = next.First().Key, length = 0;
            while (next.Remove(at, out int following)) (at, length) = (following, length + 1);
            rims.Add(length);
        }
        Assert.Equal(2, rims.Count);
        // V - E + T of a sphere with two holes is 0.
        int edgeCount = edges.Select(e => e.Item1 < e.Item2 ? e : (e.Item2, e.Item1)).Distinct().Count();
        Assert.Equal(0, head.VertexCount - edgeCount + head.TriangleCount);
    }

    [Theory]
    [InlineData(2_500)]
    [InlineData(6_700)]
    [InlineData(60_000)]
    public void No_triangle_is_degenerate_and_those_of_the_face_look_outwards(int count)
    {
        var head = ProceduralHead.Create(count);
        var face = head.EvaluationRegion.ToHashSet();
        int inward = 0, total = 0;
        for (int t = 0; t < head.Triangles.Length; t += 3)
        {
            var (a, b, c) = (head.Triangles[t], head.Triangles[t + 1], head.Triangles[t + 2]);
            var area = Vector3.Cross(head.Positions[b] - head.Positions[a], head.Positions[c] - head.Positions[a]);
            Assert.True(area.Length() > 1e-4f, "a triangle has no area");
            if (!face.Contains(a) || !face.Contains(b) || !face.Contains(c)) continue;
            total++;
            var outwards = head.Positions[a] - new Vector3(0, head.Positions[a].Y, -70);
            if (!(Vector3.Dot(area, outwards) > 0)) inward++;
        }
        // The underside of the nose and the lids' rims turn away from the head's axis.
        Assert.True(inward <= 0.03 * total, $"{inward} of {total} look inwards");
    }

    [Fact]
    public void Left_and_right_are_mirror_images()
    {
        var at = Head.Positions.Select((p, i) => (p, i)).ToDictionary(x => x.p, x => x.i);
        var mirror = Head.Positions.Select(p => at[p with { X = p.X == 0 ? p.X : -p.X }]).ToArray();
        var blink = Head.Expressions.Single(e => e.Name == "eyeBlinkLeft").Offsets;
        var other = Head.Expressions.Single(e => e.Name == "eyeBlinkRight").Offsets;
        for (int i = 0; i < mirror.Length; i++)
        {
            Assert.Equal(Head.Albedo[i], Head.Albedo[mirror[i]]);
            Assert.True(Vector3.Distance(blink[i], other[mirror[i]] with { X = -other[mirror[i]].X }) <= 0);
        }
        for (int i = 0; i < 68; i++)
        {
            var here = Head.Landmarks[i].On(Head.Positions.AsSpan());
            var there = Head.Landmarks[HeadLandmarks.Mirror(i)].On(Head.Positions.AsSpan());
            // Points of the midline may lie on an edge between the halves.
            Assert.True(Vector3.Distance(here, there with { X = -there.X }) <= 0.01, $"landmark {i}");
        }
    }

    [Fact]
    public void The_same_count_gives_the_same_head()
    {
        // Made afresh, past the cache.
        var (first, second) = (HeadLayout.Of(2_600), HeadLayout.Of(2_600));
        Assert.Equal(first.Chart, second.Chart);
        Assert.Equal(first.Triangles, second.Triangles);
    }

    [Fact]
    public void Proportions_are_those_of_a_human_head()
    {
        var marks = Head.Landmarks.Select(l => l.On(Head.Positions.AsSpan())).ToArray();
        Assert.InRange(Head.Positions.Max(p => p.Y) - marks[8].Y, 215, 235);
        Assert.InRange((marks[42] + marks[45]).X / 2 - (marks[36] + marks[39]).X / 2, 61, 65);
        Assert.InRange(marks[54].X - marks[48].X, 48, 54);
        Assert.InRange(2 * Head.EvaluationRegion.Select(i => Head.Positions[i].X).Max(), 134, 154);
        Assert.InRange(marks[14].X - marks[2].X, 128, 146);
        Assert.InRange(marks[30].Z - marks[33].Z, 10, 25);
        var centre = Head.EvaluationRegion.Aggregate(Vector3.Zero, (sum, i) => sum + Head.Positions[i]) / Head.EvaluationRegion.Length;
        Assert.True(centre.Length() <= 0.01);
        Assert.True(Head.EvaluationRegion.Length > 0.5 * Head.VertexCount, "most vertices belong on the face");
    }

    [Fact]
    public void Landmarks_stand_in_anatomical_order()
    {
        var marks = Head.Landmarks.Select(l => l.On(Head.Positions.AsSpan())).ToArray();
        void Rising(IEnumerable<int> order, Func<Vector3, float> coordinate) =>
            Assert.All(order.Zip(order.Skip(1)), pair => Assert.True(coordinate(marks[pair.First]) < coordinate(marks[pair.Second]),
                $"{pair}"));
        Rising(Enumerable.Range(0, 17), p => p.X);
        Rising(Enumerable.Range(17, 10), p => p.X);
        Rising([30, 29, 28, 27], p => p.Y);
        Rising(Enumerable.Range(31, 5), p => p.X);
        Rising([36, 37, 38, 39, 42, 43, 44, 45], p => p.X);
        Rising(Enumerable.Range(48, 7), p => p.X);
        Rising([59, 58, 57, 56, 55], p => p.X);
        Rising([60, 61, 62, 63, 64], p => p.X);
        Rising([8, 57, 66, 51, 33, 30, 27], p => p.Y);
        Assert.True(marks[62].Y - marks[66].Y <= 1, "the lips touch");
        foreach (var (upper, lower) in new[] { (37, 41), (38, 40), (43, 47), (44, 46), (19, 37), (24,
            44) }) Assert.True(marks[upper].Y > marks[lower].Y);
        foreach (var mark in Head.Landmarks) Assert.True(Math.Abs(mark.WeightA + mark.WeightB + mark.WeightC - 1) <= 1e-5);
    }

    [Fact]
    public void The_lips_are_a_slit_and_the_way_between_them_runs_around_the_corners()
    {
        int Vertex(int landmark) => Nearest(Head.Landmarks[landmark].On(Head.Positions.AsSpan()), landmark == 62 ? 1 : -1);
        var (upper, lower) = (Vertex(62), Vertex(66));
        Assert.True(Vector3.Distance(Head.Positions[upper], Head.Positions[lower]) <= 3);
        Assert.True(WayBetween(upper, lower) > 40, "there is a short cut across the slit");
    }

    // The vertex of the rim nearest to a point that jawOpen moves (the lower lip) or does not (the upper lip).
    private static int Nearest(Vector3 point, int side)
    {
        var open = Head.Expressions.Single(e => e.Name == "jawOpen").Offsets;
        return Enumerable.Range(0, Head.VertexCount).Where(i => side > 0 ? open[i].Length() < 1 : open[i].Y < -15)
            .MinBy(i => Vector3.DistanceSquared(Head.Positions[i], point));
    }

    // Dijkstra along the edges.
    private static float WayBetween(int from, int to)
    {
        var neighbours = Enumerable.Range(0, Head.Triangles.Length)
            .Select(e => (A: Head.Triangles[e], B: Head.Triangles[e % 3 == 2 ? e - 2 : e + 1]))
            .SelectMany(e => new[] { e, (A: e.B, B: e.A) }).ToLookup(e => e.A, e => e.B);
        var queue = new PriorityQueue<int, float>([(from, 0f)]);
        var done = new HashSet<int>();
        while (queue.TryDequeue(out int at, out float way))
        {
            if (at == to) return way;
            if (!done.Add(at)) continue;
            foreach (int next in neighbours[at]) queue.Enqueue(next, way + Vector3.Distance(Head.Positions[at], Head.Positions[next]));
        }
        return float.PositiveInfinity;
    }

    [Fact]
    public void Jaw_strips_hold_the_silhouette()
    {
        Assert.Equal(17, Head.JawStrips.Length);
        var normals = VertexNormals.Of(Head.Positions.AsSpan(), Head.Triangles.AsSpan());
        foreach (int degrees in new[] { -45, -30, -15, 0, 15, 30, 45 })
        {
            // The side that turns away shows the cheek's outline: there a strip must reach the place where the normal is across the view.
            var rotation = Quaternion.CreateFromAxisAngle(Vector3.UnitY, degrees * MathF.PI / 180);
            // A face turned to its left (positive yaw, towards +x) shows its left cheek's outline.
            var outline = degrees < 0 ? Enumerable.Range(1, 4) : degrees > 0 ? Enumerable.Range(12, 4) : [4, 12];
            foreach (int strip in outline)
            {
                float least = Head.JawStrips[strip].Min(i => MathF.Abs(Vector3.Transform(normals[i], rotation).Z));
                Assert.True(least <= 0.2f, $"strip {strip} at {degrees} degrees comes no nearer than {least}");
            }
        }
        Assert.All(Head.JawStrips, strip => Assert.True(strip.Length >= 6 && strip.Distinct().Count() == strip.Length));
        for (int i = 0; i < 17; i++)
        {
            var mark = Head.Landmarks[i].On(Head.Positions.AsSpan());
            Assert.True(Head.JawStrips[i].Min(v => Vector3.Distance(Head.Positions[v], mark)) <= 6, $"strip {i} passes its landmark");
        }
    }

    [Fact]
    public void Counts_out_of_range_are_refused_in_one_sentence()
    {
        Assert.Contains("2500 to 60000", Assert.Throws<FmlException>(() => ProceduralHead.Create(100)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Colours_and_texture_coordinates_are_in_range_and_the_chart_does_not_fold()
    {
        Assert.All(Head.Albedo, c => Assert.True(Vector3.Min(c, Vector3.Zero) == Vector3.Zero && Vector3.Max(c,
            Vector3.One) == Vector3.One));
        var uv = Head.TextureCoordinates;
        Assert.All(uv, p => Assert.True(p.X >= 0 && p.X <= 1 && p.Y >= 0 && p.Y <= 1));
        for (int t = 0; t < Head.Triangles.Length; t += 3)
        {
            var (a, b, c) = (uv[Head.Triangles[t]], uv[Head.Triangles[t + 1]], uv[Head.Triangles[t + 2]]);
            Assert.True((b.X - a.X) * (c.Y - a.Y) - (c.X - a.X) * (b.Y - a.Y) < 0, "a triangle is flipped in the chart");
        }
    }
}
