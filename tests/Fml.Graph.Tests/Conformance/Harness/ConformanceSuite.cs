using Fml.Graph;
using Fml.Native;

namespace Fml.Conformance;

/// <summary>What must hold for every row of a table on the CPU.</summary>
public abstract class ConformanceSuite<TTable> where TTable : IConformanceTable
{
    public static TheoryData<int> Rows() => [.. Enumerable.Range(0, TTable.All.Length)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Derivatives_agree_with_central_differences(int index)
    {
        var row = TTable.All[index];
        if (!row.Differentiable) return;
        var error = ConformanceCheck.DerivativeError(row, Device.Default);
        Assert.True(error <= row.DerivativeBound, $"{row}: relative error {error:E2}");
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Single_precision_agrees_with_double(int index)
    {
        var row = TTable.All[index];
        var error = ConformanceCheck.SingleError(row, Device.Default);
        Assert.True(error <= row.SingleBound, $"{row}: relative error {error:E2}");
    }

    [Fact]
    public void Every_primitive_has_a_row()
    {
        var covered = TTable.All.Where(row => ConformanceCheck.PrimitivesIn(row).Contains(row.Primitive)).Select(row => row.Primitive).ToHashSet();
        var missing = TTable.Library.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Primitive)) && !type.IsAbstract && !covered.Contains(type)).Select(type => type.Name);
        Assert.Empty(missing);
    }
}
