using Fml.Native;

namespace Fml.Model.Tests;

public class FaceNetworkTests
{
    // The same picture and numbers as @vladmandic/face-api 1.7.15 itself gave for it, run in Node with tfjs' plain CPU backend.
    private static float[] Picture(FaceNetwork network, int size)
    {
        var rgb = new float[size * size * 3];
        var state = 12345u;
        for (var i = 0; i < rgb.Length; i++)
        {
            state = unchecked(state * 1664525 + 1013904223);
            var (x, y, c) = (i / 3 % size, i / 3 / size, i % 3);
            rgb[i] = (float)Math.Floor(128 + 60 * Math.Sin(x * 0.07 + c) + 50 * Math.Cos(y * 0.05 - c * 0.7) + (state >> 28));
        }
        network.Normalize(rgb);
        return rgb;
    }

    [Theory]
    [InlineData(160, 0.6378352642059326, -9.707233428955078, -30.330646514892578, -2573.1217973101884, 57197.37438189371)]
    [InlineData(224, 0.5716720223426819, -9.476073265075684, -30.05047035217285, -4563.911585710011, 91256.26947329668)]
    public void The_detector_gives_what_its_authors_program_gives(
        int size, double first, double fifth, double tenth, double sum, double squares)
    {
        var output = ReferenceExecutor.Runner(FaceNetwork.Detector, FaceApi.Folder)(Picture(FaceNetwork.Detector, size), 1, size);
        Assert.Equal(size / 32 * (size / 32) * 25, output.Length);
        Assert.True(Math.Abs(output[0] - first) <= 1e-3);
        Assert.True(Math.Abs(output[4] - fifth) <= 1e-3);
        Assert.True(Math.Abs(output[9] - tenth) <= 1e-3);
        Assert.True(Math.Abs(output.Sum(v => (double)v) / sum - 1) <= 1e-4);
        Assert.True(Math.Abs(output.Sum(v => (double)v * v) / squares - 1) <= 1e-4);
    }

    [Fact]
    public void The_landmark_network_gives_what_its_authors_program_gives()
    {
        var output = ReferenceExecutor.Runner(FaceNetwork.Landmarks, FaceApi.Folder)(Picture(FaceNetwork.Landmarks, 112), 1, 112);
        double[] expected = [0.17270982265472412, 0.33452045917510986, 0.18509085476398468, 0.3842073678970337, 0.2046482264995575];
        Assert.Equal(136, output.Length);
        Assert.True(expected.Zip(output, (a, b) => Math.Abs(a - b)).Max() <= 1e-4);
        Assert.True(Math.Abs(output.Sum(v => (double)v * v) - 31.906617139027727) <= 1e-2);
    }

    [Fact]
    public void The_graph_gives_what_the_plain_definition_gives()
    {
        foreach (var (network, size, count) in new[] { (FaceNetwork.Detector, 160, 1), (FaceNetwork.Landmarks, 112, 2) })
        {
            using var graph = new GraphFaceNetwork(network, FaceApi.Folder, Device.Default);
            float[] images = [.. Enumerable.Range(0, count).SelectMany(i => Picture(network, size).Select(v => v * (1 - 0.3f * i)))];
            var expected = ReferenceExecutor.Runner(network, FaceApi.Folder)(images, count, size);
            var output = graph.Run(images, count, size);
            Assert.Equal(expected.Length, output.Length);
            Assert.True(expected.Zip(output, (a, b) => Math.Abs(a - b) / (1 + Math.Abs(a))).Max() <= 1e-4);
        }
    }

    [Fact]
    public void Missing_networks_say_how_to_get_them()
    {
        var empty = Directory.CreateTempSubdirectory("fml-none-").FullName;
        try
        {
            Assert.Contains("does not hold the face networks", Assert.Throws<FmlException>(() => FaceApiWeights.Find(empty)).Message);
        }
        finally
        {
            Directory.Delete(empty);
        }
    }

    [Fact]
    public void Truncated_networks_are_named()
    {
        var copy = Directory.CreateTempSubdirectory("fml-cut-").FullName;
        try
        {
            foreach (var file in Directory.GetFiles(FaceApi.Folder, "tiny_face_detector_model*"))
                File.WriteAllBytes(
                    Path.Combine(copy, Path.GetFileName(file)), File.ReadAllBytes(file)[..(file.EndsWith(".bin") ? 1000 : ^0)]);
            Assert.Contains("bytes end before",
                Assert.Throws<FmlException>(() => FaceApiWeights.Load(copy, FaceNetwork.Detector.File)).Message);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }
}

/// <summary>The networks' folder, or a skipped test where they are not installed.</summary>
internal static class FaceApi
{
    public static string Folder
    {
        get
        {
            try
            {
                return FaceApiWeights.Find();
            }
            catch (FmlException e)
            {
                Assert.Skip(e.Message);
                throw;
            }
        }
    }
}

/// <summary>Third-party files for tests, beside the project's root; a skipped test where they are absent.</summary>
internal static class SharedData
{
    public static string Find(string file)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (Path.Combine(at.FullName, "shared", "data", file) is var path && File.Exists(path)) return path;
        Assert.Skip($"shared/data/{file} is not here");
        throw new InvalidOperationException();
    }
}
