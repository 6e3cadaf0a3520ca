using Fml.Conformance;

namespace Fml.Model.Tests;

public sealed class FormationConformanceTests : ConformanceSuite<FormationRows>;
