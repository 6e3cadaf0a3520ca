using Fml.Native;

namespace Fml.Model;

/// <summary>A frame with its picture.</summary>
/// <param name="Frame">Where it comes from, its crop and camera, and landmarks if they are known (else empty).</param>
/// <param name="Rgb">The crop, [W,W,3] sRGB bytes, rows from the top.</param>
public sealed record CropFrame(FaceFrame Frame, byte[] Rgb)
{
    /// <summary>Reads a frame of a dataset.</summary>
    /// <exception cref="FmlException">The shard is damaged.</exception>
    public static CropFrame Read(FaceDataset dataset, FaceFrame frame)
    {
        var rgb = new byte[dataset.CropSize * dataset.CropSize * 3];
        dataset.ReadImage(frame, rgb);
        return new CropFrame(frame, rgb);
    }
}
