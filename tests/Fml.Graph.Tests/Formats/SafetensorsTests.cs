using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Fml.Native;

namespace Fml.Graph.Tests;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fml-safetensors-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Name(string name) => Path.Combine(folder, name);

    [Fact]
    public void What_is_saved_is_loaded()
    {
        var file = Sample();
        file.Save(Name("a.safetensors"));
        var loaded = SafetensorsFile.Load(Name("a.safetensors"));
        Assert.Equal(file.Metadata, loaded.Metadata);
        Assert.Equal(file.Tensors.Keys.Order(), loaded.Tensors.Keys.Order());
        foreach (var (name, tensor) in file.Tensors)
        {
            Assert.Equal(tensor.Type, loaded.Tensors[name].Type);
            Assert.Equal(tensor.Dimensions, loaded.Tensors[name].Dimensions);
            Assert.Equal(tensor.Bytes, loaded.Tensors[name].Bytes);
        }
    }

    [Fact]
    public void The_same_content_gives_the_same_bytes_and_leaves_no_other_file()
    {
        Sample().Save(Name("a.safetensors"));
        Sample().Save(Name("b.safetensors"));
        Assert.Equal(File.ReadAllBytes(Name("a.safetensors")), File.ReadAllBytes(Name("b.safetensors")));
        Assert.Equal(2, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public void The_data_begins_aligned_and_every_tensor_is_aligned_to_its_elements()
    {
        Sample().Save(Name("a.safetensors"));
        var header = SafetensorsHeader.Read(Name("a.safetensors"));
        Assert.Equal(0, header.DataOffset % 8);
        Assert.All(header.Entries, entry => Assert.Equal(0, (header.DataOffset + entry.Begin) % entry.StoredSize!.Value));
    }

    [Fact]
    public void Half_precision_and_long_integers_load_as_the_types_computed_with()
    {
        var halves = new[] { (Half)1.5f, (Half)(-0.25f), Half.PositiveInfinity };
        var data = new byte[6 + 4 + 16];
        for (var i = 0; i < 3; i++) BinaryPrimitives.WriteHalfLittleEndian(data.AsSpan(2 * i), halves[i]);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(6), 0x3F80); // 1 in bfloat16
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(8), 0xC040); // -3
        BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(10), 7);
        BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(18), -9);
        var path = WriteRaw("""
            {"h":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},"b":{"dtype":"BF16","shape":[2,1],"data_offsets":[6,10]},
             "l":{"dtype":"I64","shape":[2],"data_offsets":[10,26]}}
            """, data);
        var loaded = SafetensorsFile.Load(path);
        Assert.Equal([1.5f, -0.25f, float.PositiveInfinity], loaded.Tensors["h"].To<float>());
        Assert.Equal([1f, -3f], loaded.Tensors["b"].To<float>());
        Assert.Equal([7, -9], loaded.Tensors["l"].To<int>());
    }

    [Fact]
    public void Long_half_precision_tensors_convert_across_the_pieces_they_are_read_in()
    {
        const int Count = 200_001;
        var data = new byte[2 * Count];
        for (var i = 0; i < Count; i++) BinaryPrimitives.WriteHalfLittleEndian(data.AsSpan(2 * i), (Half)(i % 2000));
        var path = WriteRaw($$$"""{"h":{"dtype":"F16","shape":[{{{Count}}}],"data_offsets":[0,{{{2 * Count}}}]}}""", data);
        Assert.Equal(Enumerable.Range(0, Count).Select(i => (float)(i % 2000)), SafetensorsFile.Load(path).Tensors["h"].To<float>());
    }

    [Fact]
    public void Scalars_and_empty_tensors_survive()
    {
        var file = Of(("scalar", HostTensor.Of([2.5])), ("empty", HostTensor.Of(Array.Empty<float>(), 0, 3)));
        file.Save(Name("a.safetensors"));
        var loaded = SafetensorsFile.Load(Name("a.safetensors"));
        Assert.Empty(loaded.Tensors["scalar"].Dimensions);
        Assert.Equal([2.5], loaded.Tensors["scalar"].To<double>());
        Assert.Equal([0, 3], loaded.Tensors["empty"].Dimensions);
    }

    [Fact]
    public void Every_truncation_is_reported_in_one_sentence()
    {
        Sample().Save(Name("whole.safetensors"));
        var bytes = File.ReadAllBytes(Name("whole.safetensors"));
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(Name("cut.safetensors"), bytes[..length]);
            var error = Assert.Throws<FmlException>(() => SafetensorsFile.Load(Name("cut.safetensors")));
            Assert.Contains("cut.safetensors", error.Message);
            Assert.Matches("truncated|shorter than a header", error.Message);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Theory]
    [InlineData("""["x"]""", "begin with '{'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""", "header cannot be read")]
    [InlineData("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"x":{}}""", "Duplicate")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1]}}""", "cannot be read")]
    [InlineData("""{"x":{"dtype":"F32","shape":"1","data_offsets":[0,4]}}""", "cannot be read")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", "cannot be read")]
    [InlineData("""{"x":7}""", "cannot be read")]
    [InlineData("""{"__metadata__":{"a":1},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "cannot be read")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", "no pair of data_offsets")]
    [InlineData("""{"x":{"dtype":"Q7","shape":[1],"data_offsets":[0,4]}}""", "unknown type 'Q7'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "negative size")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "has 4 bytes")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}""", "has 4 bytes")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "gap before")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", "overlaps")]
    [InlineData("""{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"y":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}""", "overl")]
    [InlineData("""{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"y":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}""", "gap")]
    [InlineData("""{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", "1 bytes follow")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "truncated")]
    [InlineData("""{"x":{"dtype":"U16","shape":[2],"data_offsets":[0,4]}}""", "type U16")]
    public void A_malformed_header_is_named(string header, string reason)
    {
        var error = Assert.Throws<FmlException>(() => SafetensorsFile.Load(WriteRaw(header, new byte[4])));
        Assert.Contains(reason, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(ulong.MaxValue)]
    [InlineData(90_000_000_000ul)]
    public void An_absurd_header_length_allocates_nothing(ulong length)
    {
        var bytes = new byte[64];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        File.WriteAllBytes(Name("x.safetensors"), bytes);
        Assert.Contains("header claims", Assert.Throws<FmlException>(() => SafetensorsFile.Load(Name("x.safetensors"))).Message);
    }

    [Fact]
    public void A_tensor_beyond_2_gigabytes_is_refused_by_name_before_it_is_read()
    {
        var path = WriteRaw("""{"big":{"dtype":"F16","shape":[1100000000],"data_offsets":[0,2200000000]}}""", []);
        using (var sparse = new FileStream(path, FileMode.Open, FileAccess.Write)) sparse.SetLength(sparse.Length + 2_200_000_000);
        var error = Assert.Throws<FmlException>(() => SafetensorsFile.Load(path));
        Assert.Contains("tensor 'big' of shape [1100000000] is larger than 2 GB", error.Message);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_named()
    {
        Assert.Contains("no file", Assert.Throws<FmlException>(() => SafetensorsFile.Load(Name("none"))).Message);
        Assert.Contains("Cannot read", Assert.Throws<FmlException>(() => SafetensorsFile.Load(folder)).Message);
    }

    [Fact]
    public void Tensors_are_asked_for_by_type_and_shape()
    {
        var file = Sample();
        Assert.Equal(6, file.Get<float>("matrix", -1, 3).Count);
        Assert.Contains("has no tensor 'absent'", Assert.Throws<FmlException>(() => file.Get<float>("absent")).Message);
        Assert.Contains("F32 [2, 3] where F32 [any, 4]", Assert.Throws<FmlException>(() => file.Get<float>("matrix", -1, 4)).Message);
        Assert.Contains("where I32 [", Assert.Throws<FmlException>(() => file.Get<int>("matrix")).Message);
        Assert.Throws<FmlException>(() => file.Tensors["matrix"].To<int>());
    }

    private static SafetensorsFile Sample() => Of(
        ("matrix", HostTensor.Of([1f, 2, 3, 4, 5, float.NaN], 2, 3)),
        ("bytes", HostTensor.Of(new byte[] { 1, 2, 3 })),
        ("checks", HostTensor.Of([Math.PI], 1)),
        ("indices", HostTensor.Of([-1, int.MaxValue])));

    private static SafetensorsFile Of(params (string Name, HostTensor Tensor)[] tensors) => new(
        ImmutableDictionary<string, string>.Empty.Add("licence", "MIT").Add("note", "ä \"quoted\""),
        tensors.ToImmutableDictionary(t => t.Name, t => t.Tensor));

    private string WriteRaw(string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)json.Length);
        json.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + json.Length);
        File.WriteAllBytes(Name("raw.safetensors"), bytes);
        return Name("raw.safetensors");
    }
}
