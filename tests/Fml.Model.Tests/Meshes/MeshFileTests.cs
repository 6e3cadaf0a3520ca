using System.Diagnostics;
using System.Numerics;
using System.Text;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class MeshFileTests : IDisposable
{
    private static readonly Vector3[] Corners = [new(0, 0, 0), new(1, 0, 0), new(1, 1.5f, 0), new(0, 1, -0.25f)];

    private readonly string folder = Directory.CreateTempSubdirectory("fml-meshes-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private TriangleMesh Read(string name, string text) => Read(name, Encoding.Latin1.GetBytes(text));

    private TriangleMesh Read(string name, byte[] bytes)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, bytes);
        return MeshFile.Read(path);
    }

    private string Refused(string name, string text)
    {
        var message = Assert.Throws<FmlException>(() => Read(name, text)).Message;
        Assert.Contains(name, message);
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private static void IsTheQuad(TriangleMesh mesh)
    {
        Assert.Equal(Corners, mesh.Positions);
        Assert.Equal([0, 1, 2, 0, 2, 3], mesh.Triangles);
    }

    [Theory]
    [InlineData("f 1 2 3 4")]
    [InlineData("f 1/1 2/1 3/1 4/1")]
    [InlineData("f 1//1 2//1 3//1 4//1 # a comment")]
    [InlineData("f 1/1/1 2/1/1 3/1/1 4/1/1\r")]
    [InlineData("f -4 -3 -2 -1")]
    [InlineData("f -4/-1/-1\t-3/-1/-1 -2/-1/-1  -1/-1/-1")]
    public void Every_form_of_an_OBJ_face_is_read(string face) => IsTheQuad(Read("a.obj", $"""
        # a quad, one vertex coloured
        mtllib a.mtl
        v 0 0 0
        v 1 0 0 0.5 0.5 0.5
        v 1e0 1.5 0 1.0
        vt 0.5 0.5
        vn 0 0 1

          v +0 1.0 -.25
        usemtl skin
        s off
        {face}
        """));

    [Fact]
    public void Negative_indices_count_back_from_where_they_stand_and_positive_ones_may_point_ahead()
    {
        var mesh = Read("a.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf -3 -2 -1\nf 1 2 4\nv 0 0 1\nf -1 -2 -3\n");
        Assert.Equal([0, 1, 2, 0, 1, 3, 3, 2, 1], mesh.Triangles);
    }

    [Theory]
    [InlineData("v 0 0\n", "line 1")]
    [InlineData("v 0 0 0\nv 0 zero 0\n", "line 2")]
    [InlineData("v 0 0 nan\n", "line 1")]
    [InlineData("v 0 0 0\nv 1 0 0\nv 1 1 0\nf 1 2\n", "line 4")]
    [InlineData("v 0 0 0\nv 1 0 0\nv 1 1 0\nf 1 2 0\n", "line 4")]
    [InlineData("v 0 0 0\nv 1 0 0\nv 1 1 0\nf 1 2 -4\n", "line 4")]
    [InlineData("v 0 0 0\nv 1 0 0\nv 1 1 0\nf 1 2 3\nf 1 x 3\n", "line 5")]
    [InlineData("v 0 0 0\nv 1 0 0\nv 1 1 0\nf 1 2 3\n\nf 1 2 9\n", "line 6")]
    [InlineData("v 0 0 0\nv 1 0 0\nv 1 1 0\n", "no faces")]
    [InlineData("", "no faces")]
    public void A_malformed_OBJ_is_refused_with_the_line(string text, string words) => Assert.Contains(words, Refused("a.obj", text));

    private const string PlyBody = "0 0 7 0 9\n1 0 7 0 9\n1 0 7 1.5 9\n\n0 -0.25 7 1 9\n";

    private static string PlyHead(string format, string scalar) => $"""
        ply
        format {format} 1.0
        comment properties in another order, and what nobody asked for
        element camera 1
        property list uchar short names
        property float focal
        element vertex 4
        property {scalar} x
        property {scalar} z
        property uchar red
        property {scalar} y
        property short quality
        element face 1
        property uchar flags
        property list COUNT INDEX NAME
        property list uchar float texcoord
        end_header

        """.ReplaceLineEndings("\n");

    [Fact]
    public void An_ASCII_PLY_is_read_whatever_else_it_holds() => IsTheQuad(Read("a.ply", PlyHead("ascii", "float")
        .Replace("COUNT", "uchar").Replace("INDEX", "int").Replace("NAME", "vertex_indices").Replace("\n", "\r\n")
        + "2 5 6 0.5\n" + PlyBody + "3 4 0 1 2 3 2 0.5 0.5\n"));

    [Theory]
    [InlineData(true, "float", "uchar", "int", "vertex_indices")]
    [InlineData(false, "float32", "uint8", "uint32", "vertex_index")]
    [InlineData(true, "double", "int", "ushort", "vertex_index")]
    [InlineData(false, "float64", "uint16", "int8", "vertex_indices")]
    public void A_binary_PLY_is_read_in_either_order_of_bytes_and_any_types(bool little, string scalar, string count, string index, string name)
    {
        var head = PlyHead(little ? "binary_little_endian" : "binary_big_endian", scalar)
            .Replace("COUNT", count).Replace("INDEX", index).Replace("NAME", name);
        var bytes = new List<byte>(Encoding.ASCII.GetBytes(head));
        Put("uchar", 2);
        Put("short", 5);
        Put("short", 6);
        Put("float", 0.5);
        foreach (var p in Corners)
        {
            Put(scalar, p.X);
            Put(scalar, p.Z);
            Put("uchar", 7);
            Put(scalar, p.Y);
            Put("short", -9);
        }
        Put("uchar", 3);
        Put(count, 4);
        for (var i = 0; i < 4; i++) Put(index, i);
        Put("uchar", 2);
        Put("float", 0.5);
        Put("float", 0.5);
        IsTheQuad(Read("a.ply", [.. bytes]));

        var cut = Assert.Throws<FmlException>(() => Read("a.ply", [.. bytes.SkipLast(1)]));
        Assert.Contains($"byte {bytes.Count - 1}", cut.Message);

        void Put(string type, double value)
        {
            byte[] number = type switch
            {
                "uchar" or "uint8" or "int8" => [(byte)value],
                "short" => BitConverter.GetBytes((short)value),
                "ushort" or "uint16" => BitConverter.GetBytes((ushort)value),
                "int" or "uint32" => BitConverter.GetBytes((int)value),
                "float" or "float32" => BitConverter.GetBytes((float)value),
                _ => BitConverter.GetBytes(value),
            };
            bytes.AddRange(little ? number : [.. number.Reverse()]);
        }
    }

    [Theory]
    [InlineData("plyx\n", "line 1")]
    [InlineData("ply\nformat ascii 1.0\nelement vertex many\n", "line 3")]
    [InlineData("ply\nformat text 1.0\nend_header\n", "line 2")]
    [InlineData("ply\nformat ascii 1.0\nelement vertex 1\nproperty half x\nend_header\n", "line 4")]
    [InlineData("ply\nformat ascii 1.0\nelement vertex 1\n", "end_header")]
    [InlineData("ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nend_header\n0 0\n", "x, y and z")]
    [InlineData("ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\nend_header\n0 0 0\n", "'face'")]
    public void A_malformed_head_of_a_PLY_is_refused_with_the_line(string text, string words) => Assert.Contains(words, Refused("a.ply", text));

    [Theory]
    [InlineData("0 0 0\n1 0 0\n1 x 0\n3 0 1 2\n", "line 12")]
    [InlineData("0 0 0\n1 0 0\n1 1 0\n3 0 1\n", "line 14: the file ends")]
    [InlineData("0 0 0\n1 0 0\n1 1 0\n3 0 1 3\n", "face 0")]
    [InlineData("0 0 0\n1 0 0\n1 1 0\n3 0 1 -2\n", "face 0")]
    [InlineData("0 0 0\n1 0 0\n1 1 0\n2 0 1\n", "face 0")]
    [InlineData("0 0 0\n1 0 0\n1 1 0\n-3 0 1\n", "line 13: a list of -3")]
    public void A_malformed_body_of_a_PLY_is_refused_with_its_place(string body, string words) => Assert.Contains(words, Refused("a.ply", """
        ply
        format ascii 1.0
        element vertex 3
        property float x
        property float y
        property float z
        element face 1
        property list int int vertex_indices
        end_header

        """.ReplaceLineEndings("\n") + body));

    [Fact]
    public void VRML97_is_read_with_comments_commas_and_several_shapes()
    {
        var mesh = Read("a.wrl", """
            #VRML V2.0 utf8
            WorldInfo { title "a { face [ # in a text" info ["x" "y"] }
            NavigationInfo { type "EXAMINE" headlight TRUE }
            DEF Head Transform {
              translation 0 0 0 rotation 0 1 0 0 scale 1 1 1
              children [
                Shape {
                  appearance Appearance { texture ImageTexture { url "F0001_F3D.bmp" } }
                  geometry IndexedFaceSet {
                    solid FALSE creaseAngle 0.5 ccw TRUE
                    coord DEF Points Coordinate { point [ # four of them
                      0 0 0, 1,0,0
                      1 1.5 0 0 1 -2.5e-1, ] }
                    texCoord TextureCoordinate { point [ 0 0, 1 0, 1 1, 0 1 ] }
                    coordIndex [ 0, 1, 2, 3, -1 ] # a quad
                    texCoordIndex [ 0 1 2 3 -1 ]
                  }
                }
                Shape { geometry IndexedFaceSet { coordIndex [0 1 3 -1, 1 2 3] coord USE Points } }
              ]
            }
            ROUTE Clock.fraction_changed TO Head.set_translation
            """);
        Assert.Equal([.. Corners, .. Corners], mesh.Positions);
        Assert.Equal([0, 1, 2, 0, 2, 3, 4, 5, 7, 5, 6, 7], mesh.Triangles);
    }

    [Fact]
    public void VRML_1_is_read_and_its_points_hold_within_their_separator()
    {
        var mesh = Read("a.wrl", """
            #VRML V1.0 ascii
            Separator {
              ShapeHints { vertexOrdering COUNTERCLOCKWISE shapeType UNKNOWN_SHAPE_TYPE }
              DEF Some Coordinate3 { point [ 0 0 0, 1 0 0, 1 1.5 0, 0 1 -0.25 ] }
              Separator {
                Coordinate3 { point [ 5 0 0, 6 0 0, 5 1 0 ] }
                FontStyle { style (BOLD | ITALIC) size 3 }
                MaterialBinding { value PER_VERTEX }
                IndexedFaceSet { coordIndex [ 0, 1, 2, -1 ] }
              }
              IndexedFaceSet { coordIndex [ 0, 1, 2, 3, -1 ] }
            }
            """);
        Assert.Equal([new(5, 0, 0), new(6, 0, 0), new(5, 1, 0), .. Corners], mesh.Positions);
        Assert.Equal([0, 1, 2, 3, 4, 5, 3, 5, 6], mesh.Triangles);
    }

    private const string Points = "coord Coordinate { point [ 0 0 0, 1 0 0, 1 1 0 ] }";

    [Theory]
    [InlineData("Shape { }", "line 1")] // no head
    [InlineData("#VRML V2.0 utf8\nShape { geometry IndexedFaceSet {\n" + Points + "\ncoordIndex [ 0 1 2 -1\n0 1 3 -1 ] } }", "line 5")]
    [InlineData("#VRML V2.0 utf8\nShape { geometry IndexedFaceSet {\n" + Points + "\ncoordIndex [ 0 1 2 -1\n0 1 -1 ] } }", "line 5")]
    [InlineData("#VRML V2.0 utf8\nShape { geometry IndexedFaceSet {\n" + Points + "\ncoordIndex [ 0 1 2.5 ] } }", "line 4")]
    [InlineData("#VRML V2.0 utf8\nShape { geometry IndexedFaceSet { coord Coordinate {\npoint [ 0 0 0\n1 0 ] } coordIndex [ 0 0 0 ] } }", "line 4")]
    [InlineData("#VRML V2.0 utf8\nShape { geometry IndexedFaceSet { coord Coordinate {\npoint [ 0 0 0\n1 0 1..2 ] } } }", "line 4")]
    [InlineData("#VRML V2.0 utf8\nShape {\ngeometry IndexedFaceSet { coordIndex [ 0 1 2 ] } }", "line 3")]
    [InlineData("#VRML V2.0 utf8\nShape { geometry IndexedFaceSet { coord Coordinate {\npoint [ 0 0 0", "line 3")]
    [InlineData("#VRML V2.0 utf8\nShape { geometry IndexedFaceSet { coord\nUSE Nothing } }", "line 3")]
    [InlineData("#VRML V2.0 utf8\nShape {\n", "line 3")]
    [InlineData("#VRML V2.0 utf8\n\n}", "line 3")]
    [InlineData("#VRML V2.0 utf8\nPROTO A [ ] { Shape { } }", "line 2")]
    [InlineData("#VRML V2.0 utf8\nInfo { a \"text\n", "line 2")]
    [InlineData("#VRML V2.0 utf8\nTransform {\ntranslation 0 1 0 children [ Shape { geometry IndexedFaceSet { " + Points + " } } ] }", "line 2")]
    [InlineData("#VRML V2.0 utf8\nShape { }", "no faces")]
    public void A_malformed_VRML_is_refused_with_the_line(string text, string words) => Assert.Contains(words, Refused("a.wrl", text));

    [Fact]
    public void Other_files_and_those_that_are_missing_are_refused()
    {
        Assert.Contains(".obj", Refused("a.stl", "solid"));
        Assert.Contains("nowhere.ply", Assert.Throws<FmlException>(() => MeshFile.Read(Path.Combine(folder, "nowhere.ply"))).Message);
        Assert.Contains("gunzip", Assert.Throws<FmlException>(() => Read("a.wrl", [0x1f, 0x8b, 8, 0])).Message);
    }

    [Fact]
    public void A_mesh_of_this_projects_own_making_comes_back()
    {
        var grid = TestMeshes.Grid(7, 5, 2.5f);
        var path = Path.Combine(folder, "grid.obj");
        BenchmarkFiles.WriteMesh(path, grid.Positions.AsSpan(), grid.Triangles.AsSpan());
        var mesh = MeshFile.Read(path);
        Assert.Equal(grid.Positions, mesh.Positions);
        Assert.Equal(grid.Triangles, mesh.Triangles);
    }

    [Fact]
    public void A_hundred_thousand_vertices_are_read_in_well_under_a_second()
    {
        var grid = TestMeshes.Grid(400, 250, 0.37f);
        var path = Path.Combine(folder, "grid.obj");
        BenchmarkFiles.WriteMesh(path, grid.Positions.AsSpan(), grid.Triangles.AsSpan());
        var watch = Stopwatch.StartNew();
        var mesh = MeshFile.Read(path);
        Assert.Equal(grid.Triangles.Length, mesh.Triangles.Length);
        Assert.True(watch.Elapsed <= TimeSpan.FromSeconds(2), $"{watch.Elapsed}"); // some 0.1 s on an idle core
        TestContext.Current.SendDiagnosticMessage($"{watch.Elapsed}");
    }
}
