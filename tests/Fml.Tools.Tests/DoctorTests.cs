namespace Fml.Tools.Tests;

public sealed class DoctorTests(StandInMachine machine) : IClassFixture<StandInMachine>
{
    [Fact]
    public void Here_it_ends_well_and_says_where_computing_is_done()
    {
        var output = new StringWriter();
        Assert.Equal(0, FmlCommand.Run(["doctor"], new Terminal(output, TextWriter.Null)));
        Assert.Contains("Computing is done on: ", output.ToString());
        foreach (var topic in new[] { "System", "CPU", "Driver", "GPUs", "NVRTC", "cuBLAS", "Cache", "Trial" })
            Assert.Contains($"\n{topic} ", "\n" + output);
    }

    [Theory]
    [InlineData("86")]  // the architecture's own binary
    [InlineData("120")] // newer than the compiler: text that the driver finishes
    public void A_GPU_is_found_tried_and_used(string architecture)
    {
        var (code, output) = machine.Fml(["doctor"], ("STANDIN_ARCHITECTURE", architecture));
        Assert.Contains("a kernel and a matrix product compile, run and are right", output);
        Assert.Contains("Computing is done on: Stand-in GPU 0 (cuda:0, compute capability ", output);
        Assert.Equal(0, code);
    }

    [Theory]
    [InlineData("STANDIN_VERSION", "11020", "driver is for CUDA 11.2; 11.4 or later is needed: update the driver", "CPU")]
    [InlineData("STANDIN_VERSION", "10020", "needs a driver for CUDA 11; this one is for 10", "CPU")]
    [InlineData("STANDIN_FAIL", "cuInit=100", "sees no GPU", "CPU")]
    [InlineData("STANDIN_FAIL", "cuInit=803", "restart the machine", "CPU")]
    [InlineData("STANDIN_ARCHITECTURE", "61", "The GPU has compute capability 6.1", "CPU")]
    [InlineData("STANDIN_MEMORY", "1000", "no memory left for cuMemAlloc of the workspace of cuBLAS", "CPU")]
    [InlineData("STANDIN_MEMORY", "33555000", "could not allocate 0.0 MiB for a buffer; 0.0 MiB are free: choose fewer people", "CPU")]
    [InlineData("STANDIN_FAIL", "cuModuleLoadData=222", "older than the CUDA libraries: update the driver", "Stand-in")]
    [InlineData("STANDIN_FAIL", "cuLaunchKernel=701", "cuLaunchKernel of CudaStage { Entry = trial", "Stand-in")]
    [InlineData("STANDIN_FAIL", "cublasSgemmStridedBatched=13", "cublasSgemmStridedBatched of MatrixShape { Rows = 1", "Stand-in")]
    [InlineData("STANDIN_FAIL", "cuGraphLaunch=700", "answered STANDIN_ERROR_700 (700): as planted. A kernel asked before is at fault", "Stand-in")]
    [InlineData("STANDIN_FAIL", "cuStreamSynchronize=999", "The GPU was lost and what was on it with it: what was written to disk is good", "Stand-in")]
    [InlineData("STANDIN_FAIL", "cuMemcpyHtoDAsync_v2=214", "The GPU was lost and what was on it with it", "Stand-in")]
    public void What_goes_wrong_is_said_in_a_sentence(string setting, string value, string sentence, string computesOn)
    {
        var (code, output) = machine.Fml(["doctor"], (setting, value));
        Assert.Contains(sentence, output);
        Assert.Contains("FAILED: ", output);
        Assert.Contains($"Computing is done on: {computesOn}", output);
        Assert.DoesNotContain("   at Fml.", output);
        Assert.Equal(1, code);
    }

    [Fact]
    public void Without_cuBLAS_it_says_what_was_tried()
    {
        var (code, output) = machine.Fml(["doctor"], ("STANDIN_VERSION", "11080"));
        Assert.Contains("cuBLAS was not found. Tried: ", output);
        Assert.Contains("libcublas.so.12 (needs a driver for CUDA 12; this one is for 11)", output);
        Assert.Contains("Install a CUDA toolkit or the Python package nvidia-cublas", output);
        Assert.Equal(1, code);
    }

    [Fact]
    public void A_compiler_without_its_other_half_is_a_sentence()
    {
        var (code, output) = machine.Fml(["doctor"], ("FML_CUDA_PATH", machine.CompilerAlone()));
        Assert.Contains("lacks a part of itself that belongs beside it: ", output);
        Assert.Contains("builtins", output);
        Assert.Equal(1, code);
    }

    [Fact]
    public void A_GPU_that_is_not_there_is_refused_with_those_that_are()
    {
        var (_, output) = machine.Fml(["doctor"], ("STANDIN_DEVICES", "2"), ("FML_DEVICE", "cuda:2"));
        Assert.Contains("FML_DEVICE is 'cuda:2'. There is no GPU cuda:2; there are: Stand-in GPU 0 (cuda:0", output);
        Assert.Contains("cuda:1 opens in", output);
    }
}
