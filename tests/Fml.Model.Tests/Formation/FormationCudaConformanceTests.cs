using Fml.Conformance;

namespace Fml.Model.Tests;

public sealed class FormationCudaConformanceTests : CudaConformanceSuite<FormationRows>;
