using System.Numerics;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Where the faces of synthetic people come from. None of it is known to the learner, whose basis is its own.
/// </summary>
public abstract record IdentitySource
{
    private IdentitySource(FaceTemplate template) => Template = template;

    /// <summary>The template that the faces are shaped on: their triangles, expressions and landmarks are its own.</summary>
    public FaceTemplate Template { get; }

    /// <summary>What the source is called in a dataset's settings.</summary>
    internal abstract string Name { get; }

    /// <summary>Draws a neutral face, [V], mm.</summary>
    internal abstract Vector3[] Draw(Random random);

    /// <summary>
    /// Heads of the built-in template with proportions drawn from a population, bent a little by a smooth random field, so that their
    /// variation is no linear space of few dimensions.
    /// </summary>
    public sealed record BuiltIn : IdentitySource
    {
        private const float Residual = 0.7f; // mm, standard deviation of each coordinate

        /// <summary>Takes the built-in template at a resolution.</summary>
        /// <param name="vertexCount">About how many vertices; see <see cref="ProceduralHead"/>.</param>
        public BuiltIn(int vertexCount = 6_700) : base(ProceduralHead.Create(vertexCount)) => this.vertexCount = vertexCount;

        private readonly int vertexCount;

        internal override string Name => $"built-in heads, residual {Residual} mm";

        internal override Vector3[] Draw(Random random) =>
            Bend(ProceduralHead.Shape(HeadProportions.Draw(random), vertexCount), SmoothField.Draw(random, 50, 200), Residual);
    }

    /// <summary>Faces of the ICT model: <c>vbar + sum_i w_i mode_i</c> with <c>w_i ~ N(0, 1)</c> over its 100 modes, as its authors sample
    /// them.</summary>
    public sealed record Ict : IdentitySource
    {
        private readonly IctIdentities identities;

        /// <summary>Loads the packed model.</summary>
        /// <param name="path">The file, such as <c>ict_face.safetensors</c>.</param>
        /// <param name="region">Part of the head that the template takes.</param>
        /// <exception cref="FmlException">The file is missing, damaged, or no packed ICT model.</exception>
        public Ict(string path, IctRegion region = IctRegion.Head) : base(IctTemplate.Import(path, region)) =>
            identities = IctIdentities.Load(path, region);

        internal override string Name => $"{identities.Count} ICT modes";

        internal override Vector3[] Draw(Random random)
        {
            var shape = Template.Positions.ToArray();
            for (var mode = 0; mode < identities.Count; mode++) VertexArithmetic.AddScaled(random.Normal(), identities[mode], shape);
            return shape;
        }
    }

    /// <summary>
    /// Faces of a template about whose variation nothing is known: the template bent by a smooth, nearly symmetric random field.
    /// </summary>
    public sealed record Field : IdentitySource
    {
        private readonly float amplitude;

        /// <summary>Takes the template and the standard deviation of each coordinate, mm.</summary>
        public Field(FaceTemplate template, float amplitude = 2.5f) : base(template) => this.amplitude = amplitude;

        internal override string Name => $"smooth field of {amplitude} mm";

        internal override Vector3[] Draw(Random random) => Bend(Template.Positions.AsSpan(), SmoothField.Draw(random, 60, 240), amplitude);
    }

    private static Vector3[] Bend(ReadOnlySpan<Vector3> shape, SmoothField field, float amplitude)
    {
        var bent = field.SymmetricAt(shape, 0.85f);
        for (var i = 0; i < bent.Length; i++) bent[i] = shape[i] + amplitude * bent[i];
        return bent;
    }
}
