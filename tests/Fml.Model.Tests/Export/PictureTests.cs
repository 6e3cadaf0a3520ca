using System.Numerics;
using SkiaSharp;

namespace Fml.Model.Tests;

public sealed class PictureTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fml-pictures-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_sheet_shows_input_overlay_geometry_albedo_and_shading_in_a_row_a_frame()
    {
        var face = Facing(SampleReconstruction.Create(frames: 3));
        var crop = new byte[96 * 96 * 3];
        for (var i = 0; i < crop.Length; i += 3) crop[i] = 200; // red
        ContactSheet.Write(Path.Combine(folder, "sheet.png"), face, _ => crop);
        using var sheet = SKBitmap.Decode(Path.Combine(folder, "sheet.png"));
        Assert.Equal(5 * 192 + 4 * 4, sheet.Width);
        const int Top = 2 * (9 + 4); // captions
        Assert.Equal(Top + 3 * 192 + 2 * 4, sheet.Height);
        for (var row = 0; row < 3; row++)
        {
            SKColor At(int column, int x, int y) => sheet.GetPixel(column * 196 + x, Top + row * 196 + y);
            Assert.Equal(new SKColor(200, 0, 0), At(0, 96, 96));
            Assert.Equal(new SKColor(200, 0, 0), At(1, 2, 2)); // outside the face the overlay leaves the picture alone
            AssertNear(new Vector3(128), At(1, 96, 96), 6); // ambient light of 1 shows the albedo, which is 0.5 in the middle
            Assert.Equal(At(2, 96, 96).Red, At(2, 96, 96).Green, 8.0);
            AssertNear(new Vector3(128), At(3, 96, 96), 6);
            AssertNear(new Vector3(0.8f * 255), At(4, 96, 96), 2);
        }
    }

    [Fact]
    public void Every_column_of_a_sheet_has_a_caption_in_its_middle()
    {
        var (rgb, width, height) = PictureSheet.Captions(["input", "il"], 192);
        Assert.Equal((2 * 192 + 4, 26), (width, height));
        int[] Inked(int from, int to) =>
            [.. Enumerable.Range(from, to - from).Where(x => Enumerable.Range(0, height).Any(y => rgb[3 * (y * width + x)] < 128))];
        Assert.Equal(96, (Inked(0, 192)[0] + Inked(0, 192)[^1]) / 2.0, 2.0);
        Assert.Equal(196 + 96, (Inked(196, width)[0] + Inked(196, width)[^1]) / 2.0, 2.0);
        Assert.True(rgb.All(value => value is 235 or 45));
    }

    [Fact]
    public void Letters_differ_and_what_is_no_letter_is_blank()
    {
        string Drawn(string text) => string.Concat(
            Enumerable.Range(0, PixelLetters.Height * PixelLetters.Advance)
                .Select(i => PixelLetters.IsInk(text, i % PixelLetters.Advance, i / PixelLetters.Advance) ? '#' : '.'));
        Assert.Equal(27, "abcdefghijklmnopqrstuvwxyz ".Select(letter => Drawn($"{letter}")).Distinct().Count());
        Assert.DoesNotContain('#', Drawn("É"));
        Assert.DoesNotContain('#', Drawn(""));
    }

    [Fact]
    public void A_portrait_has_the_subjects_left_on_the_right_and_up_above()
    {
        var template = SampleReconstruction.Template();
        var colours = template.Positions.Select(p => new Vector3(p.X > 0 ? 1 : 0, p.Y > 0 ? 1 : 0, 0)).ToArray();
        var picture = FacePictures.Painted(FaceView.Portrait(64), template.Positions.AsSpan(), template.Triangles, colours);
        Assert.True(picture[3 * (32 * 64 + 44)] > 100 && picture[3 * (32 * 64 + 20)] < 10); // red on the image's right
        Assert.True(picture[3 * (20 * 64 + 32) + 1] > 100 && picture[3 * (44 * 64 + 32) + 1] < 10); // green above
    }

    [Fact]
    public void A_long_clip_is_shown_by_frames_spread_evenly()
    {
        var face = Facing(SampleReconstruction.Create(frames: 40));
        var asked = new List<int>();
        var (_, _, height) = ContactSheet.Draw(face, i =>
        {
            asked.Add(i);
            return new byte[96 * 96 * 3];
        }, rows: 4);
        Assert.Equal([0, 13, 26, 39], asked);
        Assert.Equal(4 * 192 + 3 * 4, height);
    }

    [Fact]
    public void A_folder_holds_every_format_under_a_name_that_every_file_system_takes()
    {
        var face = Facing(SampleReconstruction.Create()) with { Person = "A/da: ü" };
        ReconstructionFolder.Write(Path.Combine(folder, "new"), face, _ => new byte[96 * 96 * 3]);
        Assert.Equal(
            ["A_da__ü-sheet.png", "A_da__ü.glb", "A_da__ü.json", "A_da__ü.mtl", "A_da__ü.obj", "A_da__ü.ply", "A_da__ü.png"],
            Directory.GetFiles(Path.Combine(folder, "new")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static Reconstruction Facing(Reconstruction face) => face with
    {
        Frames = [.. face.Frames.Select(f => f with
        {
            Rotation = Vector3.Zero, Translation = new Vector3(0, 0, -1000),
            Camera = Intrinsics.Default(96), Crop = new CropTransform(1, 0, 0), Expression = [0, 0],
        })],
    };

    private static void AssertNear(Vector3 expected, SKColor actual, float tolerance) =>
        Assert.True(Vector3.Distance(expected, new Vector3(actual.Red, actual.Green, actual.Blue)) <= tolerance, $"{actual} for {expected}");
}
