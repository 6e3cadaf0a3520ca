using Fml.Conformance;

namespace Fml.Graph.Tests;

public sealed class CudaConformanceTests : CudaConformanceSuite<GraphRows>;
