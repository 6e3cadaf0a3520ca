using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Learns a face model from a prepared dataset: runs the stages of its options in order, writes checkpoints and metrics, and goes on where
/// an earlier run in the same folder stopped. The result does not depend on how often it was interrupted.
/// </summary>
public sealed class Trainer : IDisposable
{
    private const int MetricsEvery = 20;
    private static readonly TimeSpan CheckpointEvery = TimeSpan.FromSeconds(120);

    private readonly TrainingOptions options;
    private readonly string folder;
    private readonly ParameterStore store;
    private readonly Encoder encoder;
    private readonly CodeTables tables;
    private readonly TrainingData data;
    private readonly BatchSampler sampler;
    private readonly TrainingGraph graph;
    private readonly FaceBases learned;
    private readonly Lazy<string> fingerprint;
    private FacePredictor? predictor;
    private int stageNumber, stepInStage;
    private long steps;
    private double secondsBefore;
    private bool optimizerIsInFile;

    private Trainer(
        FaceDataset dataset, FaceTemplate template, TrainingOptions options, string folder, Device device, IReadOnlyList<Vector3[]>? givenShapes)
    {
        if (dataset.CropSize != options.ImageSize)
            throw new FmlException(
                $"The dataset {dataset.Folder} has crops of {dataset.CropSize} pixels, but the options say {options.ImageSize}; "
                + "prepare it again or change the options");
        (this.options, this.folder, Dataset) = (options, folder, dataset);
        var reading = options.Stages.FirstOrDefault(stage => stage.Target is StageTarget.DrawnFaces or StageTarget.DrawnPictures);
        if (options.Encoder.Landmarks.IsEmpty && reading is { } blind)
            throw new FmlException(
                $"Stage {blind.Name} learns to read landmarks, but the encoder of these options is shown none; give it landmark layers, "
                + "or leave the stage out");
        Split = DatasetSplit.ByPerson(dataset.People, options.HeldOut, options.Seed);
        if (Split.Train.IsEmpty)
            throw new FmlException(
                $"The dataset {dataset.Folder} has nobody to train on: {dataset.People.Length} people, of whom {options.HeldOut:P0} are held out");
        store = new ParameterStore(device);
        var random = new Random(options.Seed);
        var deformation = DeformationGraph.Build(template, options.Nodes);
        if (options.GivenShapeBasis is { } name) FaceBases.Give(store, deformation, Given(name, options.ShapeCodes, givenShapes));
        FaceBases Of(SeparationMode mode) => new(store, template, deformation, mode, options.ShapeCodes, options.AlbedoCodes);
        // A projection would hide from identity what expressions explain as well; so it is learned whole, and divided at the end.
        var learned = Of(SeparationMode.Off);
        Bases = options.Separation == SeparationMode.Off ? learned : Of(options.Separation);
        encoder = new Encoder(store, options.Encoder, options.ImageSize, template, Bases.Sizes, random);
        foreach (var stage in options.Stages.Where(stage => stage.Target == StageTarget.DrawnPictures)) DescentStep.All(store, Bases, stage.Frames);
        data = new TrainingData(dataset, Split.Train, options.ImageSize);
        tables = new CodeTables(store, Bases.Sizes, template.Expressions.Length, Split.Train.Length, data.Frames.Length);
        sampler = new BatchSampler(Split.Train, options.Seed);
        graph = new TrainingGraph(options, learned, encoder, tables);
        this.learned = learned;
        fingerprint = new Lazy<string>(() => FaceTemplateFile.Fingerprint(template));
    }

    /// <summary>Starts a run, or goes on with the one in the folder.</summary>
    /// <param name="dataset">Prepared clips.</param>
    /// <param name="template">What is given of faces.</param>
    /// <param name="options">What to compute.</param>
    /// <param name="folder">The run's folder; created if missing.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="givenShapes">The shapes of <see cref="TrainingOptions.GivenShapeBasis"/>: displacements [V] in mm at a code of 1.</param>
    /// <exception cref="FmlException">The dataset does not suit the options, or the folder holds a run with other options.</exception>
    public static Trainer Open(
        FaceDataset dataset, FaceTemplate template, TrainingOptions options, string folder, Device device,
        IReadOnlyList<Vector3[]>? givenShapes = null)
    {
        foreach (var name in new[] { RunFolder.StateFile, RunFolder.ModelFile }) AtomicFile.RemoveLeftovers(Path.Combine(folder, name));
        var trainer = new Trainer(dataset, template, options, folder, device, givenShapes);
        trainer.Resume();
        return trainer;
    }

    /// <summary>The dataset.</summary>
    public FaceDataset Dataset { get; }

    /// <summary>Who is trained on and who is held out.</summary>
    public DatasetSplit Split { get; }

    /// <summary>The bases as they are now.</summary>
    public FaceBases Bases { get; }

    /// <summary>The template.</summary>
    public FaceTemplate Template => Bases.Template;

    /// <summary>Steps done, over all stages.</summary>
    public long Steps => steps;

    /// <summary>Time spent training, this run and the ones it goes on from, s.</summary>
    public double Seconds { get; private set; }

    /// <summary>The model as it is now, copied from the device.</summary>
    public FaceModel Model => Description with { Weights = store.Streams(IsOfModel).ToImmutableDictionary(t => t.Name, t => t.Whole(folder)) };

    internal FacePredictor Predictor => predictor ??= new FacePredictor(store, Bases, encoder, options.ImageSize);

    internal ParameterStore Store => store;

    /// <summary>The model as it is now at work, on this run's own parameters.</summary>
    internal FaceReconstructor Reconstructor() => new(store, Predictor, Bases, options, Dataset.ColourSpace, steps);

    internal CodeTables Tables => tables;

    /// <summary>Shape codes [P,g] of the training people as every loss sees them: where the template is the mean, less the mean of the rows, which no
    /// loss holds in its place.</summary>
    internal float[] ShapeCodes() => options.TemplateIsMean ? CodeGauge.Centred(store, tables.Shape) : store.Get<float>(tables.Shape);

    /// <summary>Trains to the end of the last stage.</summary>
    /// <param name="progress">Told of every step.</param>
    /// <param name="atStageEnd">Called after each stage, to measure; the figures it returns are logged.</param>
    /// <param name="cancel">Stops after the current step, with everything saved.</param>
    /// <exception cref="FmlException">Too many steps in a row were not finite.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Run(
        Action<ProgressUpdate>? progress = null, Func<StageOptions, ImmutableSortedDictionary<string, double>>? atStageEnd = null,
        CancellationToken cancel = default)
    {
        using var metrics = MetricsLog.Open(Path.Combine(folder, RunFolder.MetricsFile), steps);
        AtomicFile.WriteText(Path.Combine(folder, RunFolder.OptionsFile), FaceModel.ToJson(options));
        TrainedOn.Of(Dataset, Split).Save(folder);
        var clock = Stopwatch.StartNew();
        for (; stageNumber < options.Stages.Length; stageNumber++, stepInStage = 0)
        {
            var stage = options.Stages[stageNumber];
            if (stepInStage == 0) StopIfAsked(clock, cancel); // before the gauge is fixed, which must happen once
            var learnsFromTables = stage.Target is StageTarget.Tables or StageTarget.DrawnFaces;
            if (learnsFromTables && stepInStage == 0 && !options.Stages[..stageNumber].Any(s => s.Codes == CodeSource.Network)) FixGauge();
            if (stage.Target == StageTarget.DrawnPictures) LearnDescent(stage, metrics, clock, progress, cancel);
            else if (stage.ClosedForm) Solve(stage, clock, progress, cancel);
            else RunStage(stage, metrics, clock, progress, cancel);
            if (stageNumber == options.Stages.Length - 1) IdentityDivision.Divide(store, Bases);
            if (atStageEnd?.Invoke(stage) is { Count: > 0 } figures)
                metrics.Append(new MetricSample(steps, secondsBefore + clock.Elapsed.TotalSeconds, stage.Name, figures));
            foreach (var state in store.Parameters.Where(p => p.Name.StartsWith(OptimizerName(stage), StringComparison.Ordinal)).ToArray())
                store.Remove(state);
        }
        stepInStage = 0;
        Save(clock);
    }

    private static IReadOnlyList<Vector3[]> Given(string name, int codes, IReadOnlyList<Vector3[]>? shapes) => shapes?.Count >= codes
        ? [.. shapes.Take(codes)]
        : throw new FmlException($"The options ask for {codes} given shapes ({name}), but {shapes?.Count ?? 0} are there.");

    private string StatePath => Path.Combine(folder, RunFolder.StateFile);

    private static string OptimizerName(StageOptions stage) => $"optimizer.{stage.Name}";

    private void RunStage(StageOptions stage, MetricsLog metrics, Stopwatch clock, Action<ProgressUpdate>? progress, CancellationToken cancel)
    {
        // What building, measuring and drawing left behind goes back to the system before this stage takes its memory.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var people = Math.Min(stage.People, Split.Train.Length);
        var inputs = BatchInputs.Of(people, stage.Frames, options.ImageSize);
        var drawn = stage.Target == StageTarget.DrawnFaces ? DrawnInputs.Of(Distribution, people, people * stage.Frames) : null;
        var loss = graph.Loss(stage, inputs, drawn);
        var update = new Optimizer.Adam().Minimize(
            store, loss.Total, Free(stage), Schedule.WarmupCosine(stage.Rate, stage.Steps, stage.Warmup), options.ClipNorm, OptimizerName(stage));
        RestoreOptimizer(stage);
        using var program = GraphProgram.Compile(
            store, [loss.Total, update.GradientNorm, update.Accepted, .. loss.Parts.Select(part => part.Value)], update.Updates);
        TrainingData.Loaded Load(int step) => data.Load(sampler.Draw(stageNumber, step, people, stage.Frames), program.Reads(inputs.Images));

        var refused = 0;
        var lastSave = clock.Elapsed;
        var next = Load(stepInStage);
        for (; stepInStage < stage.Steps; stepInStage++)
        {
            if (stepInStage > 0) StopIfAsked(clock, cancel);
            TrainingData.Feed(program, inputs, next);
            if (drawn is not null)
            {
                program.Set<float>(drawn.Deviates, sampler.Deviates(stageNumber, stepInStage, drawn.Deviates.Shape.Count));
                program.Set<int>(drawn.Expressions, sampler.FramesOfAnybody(stageNumber, stepInStage, people, stage.Frames));
            }
            var ahead = stepInStage + 1 < stage.Steps ? Task.Run(() => Load(stepInStage + 1), CancellationToken.None) : null;
            program.Run();
            steps++;
            refused = program.GetNumber(update.Accepted) > 0 ? 0 : refused + 1;
            if (refused >= options.NonFiniteLimit)
                throw new FmlException(
                    $"Training stopped at step {steps} of stage {stage.Name}: {refused} steps in a row had a loss or gradient that is not finite; "
                    + "lower the learning rate. The last checkpoint is good");
            if (steps % MetricsEvery == 0 || stepInStage == stage.Steps - 1) Log(stage, program, loss, update, metrics, clock);
            progress?.Invoke(new ProgressUpdate(
                $"train: {stage.Name}", (stepInStage + 1.0) / stage.Steps,
                string.Create(CultureInfo.InvariantCulture, $"loss {program.GetNumber(loss.Total):G4}")));
            if (ahead is not null) next = ahead.GetAwaiter().GetResult();
            if (clock.Elapsed - lastSave > CheckpointEvery)
            {
                stepInStage++;
                Save(clock);
                stepInStage--;
                lastSave = clock.Elapsed;
            }
        }
    }

    private void Solve(StageOptions stage, Stopwatch clock, Action<ProgressUpdate>? progress, CancellationToken cancel)
    {
        using var solver = new AppearanceSolver(store, Bases, tables, graph, data, options.ImageSize);
        try
        {
            solver.Solve(done => progress?.Invoke(new ProgressUpdate($"train: {stage.Name}", done, "light and albedo in closed form")), cancel);
        }
        catch (OperationCanceledException)
        {
            Save(clock); // nothing has changed since the stage before
            throw;
        }
        steps++;
    }

    private void LearnDescent(StageOptions stage, MetricsLog metrics, Stopwatch clock, Action<ProgressUpdate>? progress, CancellationToken cancel)
    {
        var learner = new DescentLearner(store, learned, graph, data, sampler, Distribution);
        try
        {
            var off = learner.Learn(
                stage, stageNumber, done => progress?.Invoke(new ProgressUpdate($"train: {stage.Name}", done, "looks in closed form")), cancel);
            steps++;
            var values = off.Select((value, look) => KeyValuePair.Create(look == 0 ? "loss/shape before" : $"loss/shape after look {look}", value));
            metrics.Append(new MetricSample(steps, secondsBefore + clock.Elapsed.TotalSeconds, stage.Name, values.ToImmutableSortedDictionary()));
        }
        catch (OperationCanceledException)
        {
            Save(clock); // nothing has changed since the stage before
            throw;
        }
    }

    private void StopIfAsked(Stopwatch clock, CancellationToken cancel)
    {
        if (!cancel.IsCancellationRequested) return;
        Save(clock);
        cancel.ThrowIfCancellationRequested();
    }

    private void Log(StageOptions stage, GraphProgram program, StageLoss loss, OptimizerStep update, MetricsLog metrics, Stopwatch clock)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, double>();
        values["loss/total"] = program.GetNumber(loss.Total);
        values["gradient norm"] = program.GetNumber(update.GradientNorm);
        foreach (var (name, node) in loss.Parts) values[$"loss/{name}"] = program.GetNumber(node);
        Seconds = secondsBefore + clock.Elapsed.TotalSeconds;
        metrics.Append(new MetricSample(steps, Seconds, stage.Name, values.ToImmutable()));
    }

    private ImmutableArray<ParameterGroup> Free(StageOptions stage)
    {
        var groups = ImmutableArray.CreateBuilder<ParameterGroup>();
        void Add(FreeParts part, double rate, IEnumerable<Node.Parameter> parameters, bool sparse = false)
        {
            var given = part == FreeParts.ShapeBasis && options.GivenShapeBasis is not null;
            if (stage.Free.HasFlag(part) && !given) groups.Add(new ParameterGroup([.. parameters], rate, sparse));
        }

        void AddTable(FreeParts part, Node.Parameter rows) => Add(part, stage.Rates.Tables, [rows], stage.SparseTables);

        AddTable(FreeParts.Pose, tables.Pose);
        AddTable(FreeParts.Light, tables.Light);
        AddTable(FreeParts.Expression, tables.Expression);
        AddTable(FreeParts.ShapeCodes, tables.Shape);
        AddTable(FreeParts.AlbedoCodes, tables.Albedo);
        Add(FreeParts.ShapeBasis, stage.Rates.ShapeBasis, [Bases.ShapeBasis]);
        Add(FreeParts.AlbedoBasis, stage.Rates.AlbedoBasis, [Bases.AlbedoBasis]);
        Add(FreeParts.MeanAlbedo, stage.Rates.MeanAlbedo, [Bases.MeanAlbedo]);
        Add(FreeParts.ImageEncoder, stage.Rates.Encoder, encoder.ImageParameters);
        Add(FreeParts.LandmarkEncoder, stage.Rates.Encoder, encoder.LandmarkParameters);
        return groups.ToImmutable();
    }

    // Of shape codes; those of a given basis are standard normal by its own account.
    private CodeDistribution Distribution =>
        options.GivenShapeBasis is null ? CodeDistribution.Of(store, tables.Shape) : CodeDistribution.Standard(Bases.Sizes.Shape);

    // Codes of mean square 1 and orthogonal directions; the encoder starts at the mean person, and the mean light is the usual one.
    private void FixGauge()
    {
        if (options.TemplateIsMean) CodeGauge.Centre(store, tables.Shape);
        if (options.GivenShapeBasis is null) CodeGauge.Fix(store, tables.Shape, Bases.ShapeBasis);
        CodeGauge.Fix(store, tables.Albedo, Bases.AlbedoBasis);
        encoder.StartAt(store, [.. CodeGauge.MeanRow(store, tables.Shape), .. CodeGauge.MeanRow(store, tables.Albedo)]);
        store.Set<float>(Bases.UsualLight, FrameParameters.GammaOf(CodeGauge.MeanRow(store, tables.Light)));
    }

    // The model but for its weights.
    private FaceModel Description => new()
    {
        Template = Template,
        Options = options,
        Step = steps,
        ColourSpace = Dataset.ColourSpace,
        Weights = ImmutableDictionary<string, HostTensor>.Empty,
    };

    private static bool IsOfModel(string name) =>
        name.StartsWith("identity.", StringComparison.Ordinal) || name.StartsWith("encoder.", StringComparison.Ordinal);

    // Parameters and optimiser state may be most of what fits into memory, so they pass through piece by piece.
    private void Save(Stopwatch clock)
    {
        Seconds = secondsBefore + clock.Elapsed.TotalSeconds;
        var metadata = ImmutableDictionary<string, string>.Empty
            .Add("options", FaceModel.ToJson(options)).Add("stage", Text(stageNumber)).Add("step_in_stage", Text(stepInStage))
            .Add("steps", Text(steps)).Add("seconds", Seconds.ToString("R", CultureInfo.InvariantCulture))
            .Add("template_fingerprint", fingerprint.Value);
        SafetensorsWriter.Write(StatePath, metadata, store.Streams());
        FaceModel.Write(Path.Combine(folder, RunFolder.ModelFile), Description, fingerprint.Value, store.Streams(IsOfModel));
    }

    private void Resume()
    {
        if (!File.Exists(StatePath)) return;
        using var file = SafetensorsReader.Open(StatePath);
        if (file.Metadata.GetValueOrDefault("options") != FaceModel.ToJson(options)
            || file.Metadata.GetValueOrDefault("template_fingerprint") != fingerprint.Value)
            throw new FmlException($"{folder} holds a run with other options or another template; choose another folder, or the same options to go on with it");
        (stageNumber, stepInStage, steps) = ((int)Number(file, "stage"), (int)Number(file, "step_in_stage"), (long)Number(file, "steps"));
        Seconds = secondsBefore = Number(file, "seconds");
        store.Load(file.Tensors.Where(tensor => store.Find(tensor.Name) is not null));
        optimizerIsInFile = stepInStage > 0;
    }

    // Optimiser state exists only once the stage's optimiser has been built.
    private void RestoreOptimizer(StageOptions stage)
    {
        if (!optimizerIsInFile) return;
        optimizerIsInFile = false;
        using var file = SafetensorsReader.Open(StatePath);
        store.Load(file.Tensors.Where(tensor => tensor.Name.StartsWith(OptimizerName(stage), StringComparison.Ordinal)));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private double Number(SafetensorsReader file, string name) =>
        double.TryParse(file.Metadata.GetValueOrDefault(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new FmlException($"{StatePath} does not say '{name}' as a number; it is damaged");

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        predictor?.Dispose();
        store.Dispose();
    }
}
