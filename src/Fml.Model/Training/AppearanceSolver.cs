using Fml.Graph;

namespace Fml.Model;

/// <summary>
/// Light and albedo of all training people in closed form while poses and shapes are held, person by person
/// (<see cref="PersonAppearance"/>): fills the tables of light and of albedo codes, the mean albedo and the albedo basis
/// (<see cref="AlbedoSpace"/>). Descent needs hundreds of looks at a frame for the same.
/// </summary>
internal sealed class AppearanceSolver : IDisposable
{
    // Frames of a person that tell the albedo: more would take memory and say nothing new.
    private const int FramesOfAPerson = 64;

    private readonly int framesAtOnce, peopleOfTheBasis; // as many as stay within a few hundred megabytes
    private readonly ParameterStore store;
    private readonly FaceBases bases;
    private readonly CodeTables tables;
    private readonly TrainingData data;
    private readonly int[] firstFrames;
    private readonly double[][] usual;
    private readonly double[] ambient = [.. FrameParameters.WhiteAmbient.Select(x => (double)x)];
    private readonly BatchInputs inputs;
    private readonly SeenColours seen;
    private readonly GraphProgram program;

    /// <summary>Prepares to solve.</summary>
    public AppearanceSolver(ParameterStore store, FaceBases bases, CodeTables tables, TrainingGraph graph, TrainingData data, int imageSize)
    {
        (this.store, this.bases, this.tables, this.data) = (store, bases, tables, data);
        firstFrames = [.. data.People.Select((_, p) => data.People.Take(p).Sum(person => person.Frames.Length))];
        usual = [.. Planar.Single(bases.Template.Albedo.AsSpan()).Select(x => (double)x).Chunk(bases.Template.VertexCount)];
        framesAtOnce = Math.Clamp(430_000 / bases.Template.VertexCount, 4, 64);
        peopleOfTheBasis = Math.Clamp(8_000_000 / bases.Template.VertexCount, 100, 600);
        inputs = BatchInputs.Of(framesAtOnce, framesEach: 1, imageSize);
        seen = graph.Seen(inputs);
        program = GraphProgram.Compile(store, [seen.Colours, seen.Normals, seen.Weights]);
    }

    /// <summary>Solves.</summary>
    /// <param name="progress">Told of the share done.</param>
    /// <param name="cancel">Stops between people; nothing has changed then.</param>
    public void Solve(Action<double>? progress, CancellationToken cancel)
    {
        var people = data.People.Length;
        var lights = new double[data.Frames.Length][];
        var tellers = Spread(people, peopleOfTheBasis);
        var albedos = new double[tellers.Length][];
        foreach (var (albedo, i) in Solved(tellers, lights, cancel).Select((albedo, i) => (albedo, i)))
        {
            albedos[i] = albedo;
            progress?.Invoke((i + 1.0) / people);
        }
        var space = AlbedoSpace.Of(albedos, [.. usual.SelectMany(x => x)], bases.Sizes.Albedo);
        var codes = new double[people][];
        foreach (var (person, offset) in tellers.Zip(albedos)) codes[person] = space.Codes(offset);
        int[] others = [.. Enumerable.Range(0, people).Except(tellers)];
        foreach (var (albedo, i) in Solved(others, lights, cancel).Select((albedo, i) => (albedo, i)))
        {
            codes[others[i]] = space.Codes(space.Offset(albedo));
            progress?.Invoke((tellers.Length + i + 1.0) / people);
        }
        Write(space, codes, lights);
    }

    // The albedos of people one after the other, [3V] each; fills in the lights of all their frames.
    private IEnumerable<double[]> Solved(int[] people, double[][] lights, CancellationToken cancel)
    {
        var most = people.Select(person => Math.Min(data.People[person].Frames.Length, FramesOfAPerson)).DefaultIfEmpty(1).Max();
        foreach (var some in people.Chunk(Math.Max(1, framesAtOnce / most)))
        {
            cancel.ThrowIfCancellationRequested();
            var frames = some.Select(person => (Person: person, Telling: FramesOf(person, FramesOfAPerson))).ToArray();
            var look = Look([.. frames.SelectMany(x => x.Telling.Select(frame => (x.Person, frame)))]);
            var solved = frames.AsParallel().AsOrdered().Select(x =>
            {
                var appearance = PersonAppearance.Solve([.. x.Telling.Select(frame => look[frame])], usual, ambient);
                foreach (var (frame, light) in x.Telling.Zip(appearance.Lights)) lights[frame] = light;
                return appearance.Albedo;
            }).ToArray();
            foreach (var ((person, telling), albedo) in frames.Zip(solved))
            {
                foreach (var rest in FramesOf(person, int.MaxValue).Except(telling).Chunk(framesAtOnce))
                    foreach (var (frame, colours) in Look([.. rest.Select(frame => (person, frame))]))
                        lights[frame] = PersonAppearance.Light(colours, albedo, ambient);
                yield return [.. albedo.SelectMany(plane => plane)];
            }
        }
    }

    private int[] FramesOf(int person, int most) => [.. Spread(data.People[person].Frames.Length, most).Select(i => firstFrames[person] + i)];

    private static int[] Spread(int count, int most) =>
        count <= most ? [.. Enumerable.Range(0, count)] : [.. Enumerable.Range(0, most).Select(i => (int)((long)i * count / most))];

    private Dictionary<int, FrameColours> Look((int Person, int Frame)[] rows)
    {
        var found = new Dictionary<int, FrameColours>();
        foreach (var chunk in rows.Chunk(framesAtOnce))
        {
            var filled = Enumerable.Range(0, framesAtOnce).Select(i => chunk[Math.Min(i, chunk.Length - 1)]).ToArray();
            var batch = new Batch([.. filled.Select(x => x.Person)], [.. filled.Select(x => x.Frame)]);
            TrainingData.Feed(program, inputs, data.Load(batch, withImages: true));
            program.Run();
            foreach (var ((_, frame), shown) in chunk.Zip(seen.Read(program, chunk.Length))) found[frame] = shown;
        }
        return found;
    }

    private void Write(AlbedoSpace space, double[][] codes, double[][] lights)
    {
        // Directions that too few people tell stay what they were, with codes of 0.
        var basis = store.Get<float>(bases.AlbedoBasis);
        var width = bases.Sizes.Albedo;
        for (var k = 0; k < space.Directions.Length; k++)
            for (var i = 0; i < space.Mean.Length; i++) basis[k * space.Mean.Length + i] = (float)space.Directions[k][i];
        var table = new float[codes.Length * width];
        for (var p = 0; p < codes.Length; p++)
            for (var k = 0; k < codes[p].Length; k++) table[p * width + k] = (float)codes[p][k];
        store.Set<float>(bases.MeanAlbedo, [.. space.Mean.Select(x => (float)x)]);
        store.Set<float>(bases.AlbedoBasis, basis);
        store.Set<float>(tables.Albedo, table);
        store.Set<float>(tables.Light, [.. lights.SelectMany(light => FrameParameters.RawLight([.. light.Select((x, i) => x / space.Scale[i % 3])]))]);
    }

    /// <summary>Frees the program.</summary>
    public void Dispose() => program.Dispose();
}
