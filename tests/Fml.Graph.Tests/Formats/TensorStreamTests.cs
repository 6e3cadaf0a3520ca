using System.Collections.Immutable;
using System.Text;
using Fml.Native;

namespace Fml.Graph.Tests;

public sealed class TensorStreamTests : IDisposable
{
    // More than two pieces, and no whole number of them.
    private const int Large = 2 * TensorStream.PieceBytes / sizeof(float) + 12_345;

    private static readonly ImmutableDictionary<string, string> Note = ImmutableDictionary<string, string>.Empty.Add("note", "n");

    private readonly string folder = Directory.CreateTempSubdirectory("fml-streams-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Name(string name) => Path.Combine(folder, name);

    [Fact]
    public void A_file_is_header_length_header_and_data_as_the_format_says()
    {
        SafetensorsWriter.Write(Name("a"), Note, [
            new TensorStream("b", ElementType.U8, [3], [new byte[] { 1, 2 }, new byte[] { 3 }]),
            TensorStream.Of("a", HostTensor.Of([1.0], 1, 1))]);
        var bytes = File.ReadAllBytes(Name("a"));
        const string Header = """
            {"__metadata__":{"note":"n"},"a":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}
            """;
        var length = (int)BitConverter.ToUInt64(bytes);
        Assert.Equal(Header, Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' '));
        Assert.Equal(0, length % 8);
        Assert.Equal([0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 1, 2, 3], bytes[(8 + length)..]);
    }

    [Fact]
    public void A_store_written_in_pieces_is_the_same_file_as_its_tensors_saved_whole()
    {
        using var store = Filled(Device.Default);
        SafetensorsWriter.Write(Name("pieces"), Note, store.Streams());
        new SafetensorsFile(Note, store.Streams().ToImmutableDictionary(t => t.Name, t => t.Whole("store"))).Save(Name("whole"));
        Assert.True(File.ReadAllBytes(Name("whole")).AsSpan().SequenceEqual(File.ReadAllBytes(Name("pieces"))));
        Assert.Equal(2, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public void A_store_read_in_pieces_holds_what_was_written()
    {
        using var store = Filled(Device.Default);
        SafetensorsWriter.Write(Name("a"), Note, store.Streams(name => name != "step"));
        using var other = new ParameterStore(Device.Default);
        var known = other.AddZeros("large", TensorType.F32([Large]));
        using (var reader = SafetensorsReader.Open(Name("a")))
        {
            Assert.Equal(Note, reader.Metadata);
            other.Load(reader.Tensors);
        }
        Assert.True(store.Get<float>(store.Find("large")!).AsSpan().SequenceEqual(other.Get<float>(known)));
        Assert.Equal([1, 2, 3], other.Get<int>(other.Find("indices")!));
        Assert.Empty(other.Get<float>(other.Find("nothing")!));
        Assert.Null(other.Find("step"));
    }

    [Fact]
    public void Saving_and_loading_need_no_memory_of_the_size_of_the_parameters()
    {
        using var store = new ParameterStore(Device.Default);
        for (var i = 0; i < 8; i++) store.AddZeros($"p{i}", TensorType.F32([Large]));
        void SaveAndLoad()
        {
            SafetensorsWriter.Write(Name("a"), Note, store.Streams());
            using var reader = SafetensorsReader.Open(Name("a"));
            store.Load(reader.Tensors);
        }
        SaveAndLoad(); // once before, so that buffers are there
        var before = GC.GetAllocatedBytesForCurrentThread();
        SaveAndLoad();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= 2 * TensorStream.PieceBytes, $"{allocated} bytes for {store.Parameters.Sum(p => p.Type.ByteCount)} of parameters");
    }

    [Fact]
    public void A_tensor_of_another_shape_or_type_is_refused_by_name()
    {
        using var store = new ParameterStore(Device.Default);
        store.AddZeros("x", TensorType.F32([2, 3]));
        foreach (var tensor in new[] { HostTensor.Of(new float[6], 3, 2), HostTensor.Of(new double[6], 2, 3) })
            Assert.Contains("Tensor x is", Assert.Throws<FmlException>(() => store.Load([TensorStream.Of("x", tensor)])).Message);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(12)]
    public void Pieces_that_do_not_fill_the_shape_leave_the_old_file_alone(int bytes)
    {
        File.WriteAllText(Name("a"), "old");
        var wrong = new TensorStream("x", ElementType.F32, [2], [new byte[bytes]]);
        Assert.Contains("tensor x", Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(Name("a"), Note, [wrong])).Message);
        Assert.Equal("old", File.ReadAllText(Assert.Single(Directory.GetFiles(folder))));
    }

    [Fact]
    public void Two_tensors_of_one_name_are_a_mistake()
    {
        var x = TensorStream.Of("x", HostTensor.Of([1f]));
        Assert.Contains("named x", Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(Name("a"), Note, [x, x])).Message);
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_not_held_open()
    {
        File.WriteAllBytes(Name("a"), new byte[64]);
        Assert.Throws<FmlException>(() => SafetensorsReader.Open(Name("a")));
        using var exclusive = new FileStream(Name("a"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    private static ParameterStore Filled(Device device)
    {
        var store = new ParameterStore(device);
        store.Add<float>("large", [Large], [.. Enumerable.Range(0, Large).Select(i => i * 0.25f)]);
        store.Add<int>("indices", [3], [1, 2, 3]);
        store.AddZeros("nothing", TensorType.F32([0, 3]));
        store.Add<double>("step", [], [7.0]);
        return store;
    }
}
