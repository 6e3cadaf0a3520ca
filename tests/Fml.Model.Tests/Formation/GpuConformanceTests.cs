using Fml.Conformance;

namespace Fml.Model.Tests;

public sealed class GpuConformanceTests : GpuConformanceSuite<FormationRows>;
