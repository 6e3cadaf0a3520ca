namespace Fml.Model;

/// <summary>A mean albedo and directions in which people's albedos differ, from their principal components.</summary>
/// <param name="Mean">[3V], planar.</param>
/// <param name="Directions">h directions [3V], strongest first, each as long as people's deviation along it.</param>
/// <param name="Scale">What albedos were multiplied with, channel by channel.</param>
internal sealed record AlbedoSpace(double[] Mean, double[][] Directions, double[] Scale)
{
    /// <summary>
    /// The principal components of albedos. Light and albedo share a free scale; it is fixed here by a mean as bright as a usual one's, in every
    /// channel.
    /// </summary>
    /// <param name="albedos">At least one, [3V]; changed in place to the offsets from the mean.</param>
    /// <param name="usual">[3V].</param>
    /// <param name="count">h; fewer are found of too few people.</param>
    public static AlbedoSpace Of(double[][] albedos, double[] usual, int count)
    {
        var n = albedos.Length;
        var mean = new double[usual.Length];
        foreach (var albedo in albedos) Columns.Add(1.0 / n, albedo, mean);
        double[] scale = [.. Enumerable.Range(0, 3).Select(c => Channel(usual, c).Sum() / Math.Max(Channel(mean, c).Sum(), 1e-6))];
        Multiply(mean, scale);
        foreach (var albedo in albedos)
        {
            Multiply(albedo, scale);
            Columns.Add(-1, mean, albedo);
        }

        var (directions, squares) = PrincipalDirections.Of(albedos, count);
        foreach (var (direction, square) in directions.Zip(squares))
            for (var i = 0; i < direction.Length; i++) direction[i] *= Math.Sqrt(square / n);
        return new AlbedoSpace(mean, directions, scale);
    }

    /// <summary>A person's codes: offset along each direction, in the directions' lengths.</summary>
    /// <param name="offset">[3V], from the mean.</param>
    public double[] Codes(double[] offset) =>
        [.. Directions.Select(direction => Columns.Dot(direction, offset) / Math.Max(Columns.Dot(direction, direction), 1e-30))];

    /// <summary>Offset from the mean of an albedo that was not among those of <see cref="Of"/>.</summary>
    public double[] Offset(double[] albedo)
    {
        double[] offset = [.. albedo];
        Multiply(offset, Scale);
        Columns.Add(-1, Mean, offset);
        return offset;
    }

    private static void Multiply(double[] albedo, double[] scale)
    {
        for (var i = 0; i < albedo.Length; i++) albedo[i] *= scale[i / (albedo.Length / 3)];
    }

    private static IEnumerable<double> Channel(double[] albedo, int channel) => albedo.Skip(channel * albedo.Length / 3).Take(albedo.Length / 3);
}
