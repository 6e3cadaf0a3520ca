using System.Collections.Immutable;
using System.Numerics;
using Fml.Native;
using SkiaSharp;

namespace Fml.Model.Tests;

public class CropTests
{
    // A picture of 3 x 2 pixels whose red says column, green says row.
    private static byte[] Rgba(int width, int height) =>
        [.. Enumerable.Range(0, width * height).SelectMany(i => new byte[] { (byte)(10 + i % width), (byte)(20 + i / width), 0, 255 })];

    [Theory]
    [InlineData(SKEncodedOrigin.TopLeft, 3, 10, 20)]
    [InlineData(SKEncodedOrigin.TopRight, 3, 12, 20)]
    [InlineData(SKEncodedOrigin.BottomRight, 3, 12, 21)]
    [InlineData(SKEncodedOrigin.BottomLeft, 3, 10, 21)]
    [InlineData(SKEncodedOrigin.LeftTop, 2, 10, 20)]
    [InlineData(SKEncodedOrigin.RightTop, 2, 10, 21)]
    [InlineData(SKEncodedOrigin.RightBottom, 2, 12, 21)]
    [InlineData(SKEncodedOrigin.LeftBottom, 2, 12, 20)]
    public void Every_orientation_brings_the_right_corner_to_the_top_left(SKEncodedOrigin origin, int width, int column, int row)
    {
        var upright = PhotoReader.Upright(Rgba(3, 2), 3, 2, origin);
        Assert.Equal(width, upright.Width);
        Assert.Equal([(byte)column, (byte)row], upright.Pixels[..2]);
    }

    [Fact]
    public void A_photo_that_is_none_is_named()
    {
        var path = Path.Combine(Path.GetTempPath(), $"fml-{Guid.NewGuid():N}.jpg");
        File.WriteAllText(path, "no picture");
        try
        {
            Assert.Contains("no picture", Assert.Throws<FmlException>(() => PhotoReader.Read(path)).Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // A ramp is kept by any good filter: crop pixel values are those of the places they come from.
    [Theory]
    [InlineData(0.25f)]
    [InlineData(0.6f)]
    [InlineData(1f)]
    [InlineData(2.5f)]
    public void Crops_show_what_lies_at_their_place(float scale)
    {
        var image = new RgbImage(200, 160,
            [.. Enumerable.Range(0, 200 * 160).SelectMany(i => new[] { (byte)(i % 200), (byte)(i / 200), (byte)77 })]);
        var transform = CropTransform.Around(new Vector2(100, 80), 40 / scale, 40);
        var crop = CropResampler.Crop(image, transform, 40);
        for (var y = 0; y < 40; y++)
            for (var x = 0; x < 40; x++)
            {
                var place = transform.Invert(new Vector2(x + 0.5f, y + 0.5f)) - new Vector2(0.5f);
                if (place.X < 6 || place.X > 193 || place.Y < 6 || place.Y > 153) continue;
                Assert.True(Math.Abs(crop[(y * 40 + x) * 3] - place.X) <= 0.6f);
                Assert.True(Math.Abs(crop[(y * 40 + x) * 3 + 1] - place.Y) <= 0.6f);
                Assert.Equal(77, crop[(y * 40 + x) * 3 + 2]);
            }
    }

    [Fact]
    public void Outside_the_image_its_edge_is_repeated_or_black()
    {
        var image = new RgbImage(20, 20, [.. Enumerable.Repeat((byte)200, 1200)]);
        var transform = CropTransform.Around(new Vector2(-50, -50), 20, 10);
        Assert.All(CropResampler.Crop(image, transform, 10), v => Assert.Equal(200, v));
        Assert.All(CropResampler.Crop(image, transform, 10, repeatEdge: false), v => Assert.Equal(0, v));
    }

    [Fact]
    public void Fine_stripes_become_grey_when_shrunk()
    {
        var image = new RgbImage(256, 256, [.. Enumerable.Range(0, 256 * 256).SelectMany(i => Enumerable.Repeat((byte)(i % 2 * 255), 3))]);
        Assert.All(CropResampler.Crop(image, CropTransform.Around(new Vector2(128, 128), 200, 40), 40), v => Assert.InRange(v, 122, 133));
    }

    [Fact]
    public void Crops_of_a_clip_share_one_side_and_follow_the_face()
    {
        static ImmutableArray<Vector2> Face(float x, float y, float size) =>
            [.. Enumerable.Range(0, 68).Select(i => new Vector2(x + size * (i % 2 - 0.5f), y + size * (i / 2 % 2 - 0.5f)))];
        var crops = FaceCrops.Plan([Face(100, 100, 50), Face(120, 90, 52), Face(300, 80, 60)], 128);
        Assert.All(crops, c => Assert.Equal(crops[0].Scale, c.Scale));
        Assert.True(Math.Abs(crops[0].Scale * 52 - 0.632f * 128) <= 0.01f);
        var center = crops[2].Apply(new Vector2(300, 80));
        Assert.True(Math.Abs(center.X - 64) <= 1e-3f && Math.Abs(center.Y - (64 + 0.0525f * 128)) <= 0.01f);
    }

    [Fact]
    public void Boxes_that_overlap_are_one_face_and_the_best_stays()
    {
        FaceBox a = new(new(50, 50), 40, 40, 0.7f), b = new(new(54, 50), 40, 44, 0.9f), c = new(new(150, 50), 40, 40, 0.4f);
        Assert.Equal([b, c], FaceDetector.Suppress([a, b, c]));
        Assert.True(Math.Abs(a.Overlap(new(new(70, 50), 40, 40, 1)) - 1 / 3f) <= 1e-5f);
        Assert.Equal(0, a.Overlap(c));
    }
}
