using Fml.Conformance;

namespace Fml.Graph.Tests;

public sealed class GpuConformanceTests : GpuConformanceSuite<GraphRows>;
