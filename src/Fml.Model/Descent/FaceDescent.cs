using System.Numerics;
using System.Runtime.InteropServices;
using Fml.Graph;

namespace Fml.Model;

/// <summary>
/// Looks again at a person's frames: from what landmarks alone tell, the steps that were learned (<see cref="DescentStep"/>) correct identity,
/// pose and expression by what the images tell. Any number of frames: those of a group are held against one albedo, and all pull at one identity.
/// </summary>
internal sealed class FaceDescent(ParameterStore store, FaceBases bases, Encoder encoder, int imageSize) : IDisposable
{
    private const int GroupSize = 8;

    private readonly Lazy<FaceGeometry> whole = new(() => FaceGeometry.Whole(bases.Template, bases.Graph));
    private readonly Dictionary<int, Group> groups = [];
    private readonly Dictionary<int, DescentStep[]> maps = [];

    /// <summary>Corrects what the network tells.</summary>
    /// <param name="crops">1 or more frames of one person.</param>
    /// <param name="features">What the network sees in them.</param>
    /// <param name="codes">Its codes of the person, [Q], of which those of albedo are kept.</param>
    /// <param name="found">Its parameters of the frames, of which light is kept.</param>
    public (float[] Codes, FacePredictor.Frame[] Frames) Refine(
        FacePredictor.Crop[] crops, FacePredictor.FrameFeatures[] features, float[] codes, FacePredictor.Frame[] found)
    {
        var count = (crops.Length + GroupSize - 1) / GroupSize;
        Range[] ranges = [.. Enumerable.Range(0, count).Select(g => (crops.Length * g / count)..(crops.Length * (g + 1) / count))];
        Group[] parts = [.. ranges.Select(range => GroupOf(crops[range].Length))];
        var pooled = FacePredictor.Mean(features, frame => frame.Side);
        DescentNumbers[] states = [.. ranges.Zip(parts, (range, part) => part.First(pooled, [.. features[range].SelectMany(f => f.Side)]))];
        var identity = states[0].Identity;
        foreach (var step in Steps(crops.Length))
        {
            var told = ranges.Select((range, g) =>
            {
                var (gradients, landmarks) = parts[g].Pull(crops[range], states[g]);
                return step.Tell(gradients, landmarks, states[g]);
            }).ToArray();
            var all = new DescentStep.Told([.. told.SelectMany(t => t.Pulls)], [.. told.SelectMany(t => t.Beside)]);
            (identity, var moved) = step.Correct(all, identity);
            states = [.. ranges.Select(range => DescentNumbers.Of([identity], moved[range]))];
        }
        float[] person = [.. identity, .. codes.AsSpan(bases.Sizes.Shape)];
        return (person, [.. ranges.SelectMany((range, g) => parts[g].Frames(states[g], crops[range], found[range]))]);
    }

    // Those for so many frames, or for the next fewer that were learned.
    private DescentStep[] Steps(int frames)
    {
        var learned = DescentStep.Learned(store);
        var nearest = learned.Where(number => number <= frames).DefaultIfEmpty(learned[0]).Max();
        if (!maps.TryGetValue(nearest, out var steps)) maps[nearest] = steps = DescentStep.All(store, bases, nearest);
        return steps;
    }

    private Group GroupOf(int frames)
    {
        if (!groups.TryGetValue(frames, out var group)) groups[frames] = group = new Group(store, bases, encoder, whole.Value, imageSize, frames);
        return group;
    }

    public void Dispose()
    {
        foreach (var group in groups.Values) group.Dispose();
    }

    // Programs for so many frames at a time.
    private sealed class Group : IDisposable
    {
        private readonly int expressions;
        private readonly Node.Input images, intrinsics, landmarks, pooled, side, raw;
        private readonly DescentState state, first;
        private readonly ImagePull pull;
        private readonly FrameParameters frame;
        private readonly GraphProgram start, look, finish;

        public Group(ParameterStore store, FaceBases bases, Encoder encoder, FaceGeometry whole, int imageSize, int frames)
        {
            expressions = bases.Template.Expressions.Length;
            images = Ops.Input("images", [frames, imageSize, imageSize, 3], Native.ElementType.U8);
            intrinsics = Ops.Input("intrinsics", [frames, 3]);
            landmarks = Ops.Input("landmarks", [frames, FaceFrame.LandmarkCount, 2]);
            (pooled, side) = (Ops.Input("pooled side", [1, encoder.SideCount]), Ops.Input("side", [frames, encoder.SideCount]));
            first = DescentState.FromLandmarks(encoder, bases, pooled, side);
            state = DescentState.Inputs(bases, people: 1, frames);
            pull = ImagePull.Of(bases, whole, state, images, intrinsics, landmarks);
            raw = Ops.Input("raw", [frames, FrameParameters.Count(expressions)]);
            frame = bases.BesideNeutral(FrameParameters.Of(raw, intrinsics, bases.Template, imageSize), state.Identity);
            start = GraphProgram.Compile(store, [first.Identity, first.Pose, first.Expression]);
            look = GraphProgram.Compile(store, [pull.Gradient, pull.Landmarks]);
            finish = GraphProgram.Compile(store, [frame.Rotation, frame.Translation, frame.Expression]);
        }

        public DescentNumbers First(float[] pooledSide, float[] sides)
        {
            start.Set<float>(pooled, pooledSide);
            start.Set<float>(side, sides);
            start.Run();
            return first.Read(start);
        }

        public (float[] Gradients, float[] Landmarks) Pull(FacePredictor.Crop[] crops, DescentNumbers held)
        {
            look.Set<byte>(images, [.. crops.SelectMany(crop => crop.Rgb)]);
            look.Set<float>(intrinsics, Cameras(crops));
            look.Set<float>(landmarks, [.. crops.SelectMany(crop => MemoryMarshal.Cast<Vector2, float>(crop.Landmarks.AsSpan()).ToArray())]);
            state.Feed(look, held);
            look.Run();
            return (look.Get<float>(pull.Gradient), look.Get<float>(pull.Landmarks));
        }

        public IEnumerable<FacePredictor.Frame> Frames(DescentNumbers held, FacePredictor.Crop[] crops, FacePredictor.Frame[] found)
        {
            float[][] numbers = [.. found.Select((known, f) => (float[])[.. held.Frame(f), .. known.Raw.AsSpan(^FrameParameters.LightCount..)])];
            finish.Set<float>(raw, [.. numbers.SelectMany(row => row)]);
            finish.Set<float>(intrinsics, Cameras(crops));
            if (finish.Reads((Node.Input)state.Identity)) finish.Set<float>((Node.Input)state.Identity, held.Identity);
            finish.Run();
            var (w, t) = (finish.Get<float>(frame.Rotation), finish.Get<float>(frame.Translation));
            var delta = finish.Get<float>(frame.Expression).Chunk(expressions).ToArray();
            return found.Select((known, f) => known with
            {
                Rotation = new Vector3(w.AsSpan(3 * f, 3)),
                Translation = new Vector3(t.AsSpan(3 * f, 3)),
                Expression = delta[f],
                Raw = numbers[f],
            });
        }

        private static float[] Cameras(FacePredictor.Crop[] crops) =>
            [.. crops.SelectMany(crop => new[] { crop.Camera.Focal, crop.Camera.CenterX, crop.Camera.CenterY })];

        public void Dispose()
        {
            foreach (var program in new[] { start, look, finish }) program.Dispose();
        }
    }
}
