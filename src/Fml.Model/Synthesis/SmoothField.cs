using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>
/// A smooth random field over space with mean 0 and standard deviation 1 per component: random Fourier features with wavelengths from a
/// range.
/// Being a function of place, it moves both lips of a closed mouth alike.
/// </summary>
internal readonly record struct SmoothField(ImmutableArray<SmoothField.Wave> Waves)
{
    /// <summary>One plane wave: vector weight, wave vector in rad/mm, phase.</summary>
    internal readonly record struct Wave(Vector3 Weight, Vector3 WaveVector, float Phase);

    /// <summary>Draws a field whose wavelengths lie between two bounds, in mm.</summary>
    public static SmoothField Draw(Random random, float shortest, float longest, int waves = 12)
    {
        var built = ImmutableArray.CreateBuilder<Wave>(waves);
        var scale = MathF.Sqrt(2f / waves);
        for (var i = 0; i < waves; i++)
        {
            var wavelength = shortest * MathF.Pow(longest / shortest, random.NextSingle());
            built.Add(new Wave(
                scale * new Vector3(random.Normal(), random.Normal(), random.Normal()),
                2 * MathF.PI / wavelength * random.Direction(),
                2 * MathF.PI * random.NextSingle()));
        }
        return new SmoothField(built.MoveToImmutable());
    }

    /// <summary>The value at a place in mm.</summary>
    public Vector3 At(Vector3 place)
    {
        var sum = Vector3.Zero;
        foreach (var wave in Waves) sum += MathF.Cos(Vector3.Dot(wave.WaveVector, place) + wave.Phase) * wave.Weight;
        return sum;
    }

    /// <summary>One component at a place in mm: a scalar field.</summary>
    public float ScalarAt(Vector3 place) => At(place).X;

    /// <summary>The values at many places in mm, as <see cref="At(Vector3)"/> gives them up to rounding.</summary>
    public Vector3[] At(ReadOnlySpan<Vector3> places)
    {
        var count = places.Length;
        var padded = (count + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
        var (x, y, z) = (new float[padded], new float[padded], new float[padded]);
        for (var i = 0; i < count; i++) (x[i], y[i], z[i]) = (places[i].X, places[i].Y, places[i].Z);
        for (var i = 0; i < padded; i += Vector<float>.Count)
        {
            var (px, py, pz) = (new Vector<float>(x, i), new Vector<float>(y, i), new Vector<float>(z, i));
            var (sumX, sumY, sumZ) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            foreach (var wave in Waves)
            {
                var cosine = Vector.Cos(
                    wave.WaveVector.X * px + wave.WaveVector.Y * py + wave.WaveVector.Z * pz + new Vector<float>(wave.Phase));
                sumX += wave.Weight.X * cosine;
                sumY += wave.Weight.Y * cosine;
                sumZ += wave.Weight.Z * cosine;
            }
            sumX.CopyTo(x, i);
            sumY.CopyTo(y, i);
            sumZ.CopyTo(z, i);
        }
        var values = new Vector3[count];
        for (var i = 0; i < count; i++) values[i] = new Vector3(x[i], y[i], z[i]);
        return values;
    }

    /// <summary>
    /// The values at many places with left and right halves made alike to a degree: 1 is mirror-symmetric in x. Faces are nearly
    /// symmetric, noise
    /// is not. The standard deviation stays about 1.
    /// </summary>
    public Vector3[] SymmetricAt(ReadOnlySpan<Vector3> places, float symmetry)
    {
        var mirror = new Vector3(-1, 1, 1);
        var mirrored = new Vector3[places.Length];
        for (var i = 0; i < mirrored.Length; i++) mirrored[i] = mirror * places[i];
        var (here, there) = (At(places), At(mirrored));
        for (var i = 0; i < here.Length; i++)
        {
            var (even, odd) = (here[i] + mirror * there[i], here[i] - mirror * there[i]);
            here[i] = MathF.Sqrt(0.5f) * (symmetry * even + MathF.Sqrt(1 - symmetry * symmetry) * odd);
        }
        return here;
    }
}
