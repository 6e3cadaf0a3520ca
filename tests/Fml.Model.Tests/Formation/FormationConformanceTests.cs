using Fml.Conformance;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model.Tests;

public sealed class FormationConformanceTests
{
    public static TheoryData<int> Rows() => [.. Enumerable.Range(0, FormationRows.All.Length)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Derivatives_agree_with_central_differences(int index)
    {
        var row = FormationRows.All[index];
        if (!row.Differentiable) return;
        var error = ConformanceCheck.DerivativeError(row, Device.Default);
        Assert.True(error <= row.DerivativeBound, $"{row}: relative error {error:E2}");
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Single_precision_agrees_with_double(int index)
    {
        var row = FormationRows.All[index];
        var error = ConformanceCheck.SingleError(row, Device.Default);
        Assert.True(error <= row.SingleBound, $"{row}: relative error {error:E2}");
    }

    [Fact]
    public void Every_primitive_of_the_model_has_a_row()
    {
        var covered = FormationRows.All.Where(row => ConformanceCheck.PrimitivesIn(row).Contains(row.Primitive))
            .Select(row => row.Primitive).ToHashSet();
        var missing = typeof(MeshNormals).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Primitive)) && !type.IsAbstract && !covered.Contains(type)).Select(type => type.Name);
        Assert.Empty(missing);
    }
}
