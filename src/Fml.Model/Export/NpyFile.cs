using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Fml.Native;

namespace Fml.Model;

/// <summary>Points as NumPy's <c>.npy</c>, version 1.0.</summary>
internal static class NpyFile
{
    private const int Alignment = 64, Preamble = 10;

    /// <summary>Writes points as little-endian float32 of shape [n, 3].</summary>
    /// <exception cref="FmlException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<Vector3> points) => AtomicFile.Write(path, stream =>
    {
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({points.Count}, 3), }}";
        header = header.PadRight((Preamble + header.Length + Alignment) / Alignment * Alignment - Preamble - 1) + '\n';
        var bytes = new byte[Preamble + header.Length + points.Count * 12];
        byte[] magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];
        magic.CopyTo(bytes, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)header.Length);
        Encoding.ASCII.GetBytes(header, bytes.AsSpan(Preamble));
        for (var i = 0; i < points.Count; i++)
            for (var c = 0; c < 3; c++)
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(Preamble + header.Length + 12 * i + 4 * c), points[i][c]);
        stream.Write(bytes);
    });
}
