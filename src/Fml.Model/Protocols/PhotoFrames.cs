using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Makes frames of photos: landmarks from <c>PHOTO.landmarks.csv</c> or <c>.json</c> beside them (<see cref="LandmarkFile"/>), else by the face
/// networks, which are loaded when they are first needed.
/// </summary>
internal sealed class PhotoFrames(int cropSize, Device device) : IDisposable
{
    private static readonly string[] Extensions = [".landmarks.csv", ".landmarks.json"];

    private ClipPreparer? networks;

    /// <summary>Landmarks given for a photo; null if there are none.</summary>
    private static string? Given(string photo) => Extensions.Select(extension => Path.ChangeExtension(photo, extension)).FirstOrDefault(File.Exists);

    /// <summary>Loads the networks if some photo needs them.</summary>
    /// <exception cref="FmlException">They are missing or damaged.</exception>
    public void Demand(IEnumerable<string> photos)
    {
        if (photos.Any(photo => Given(photo) is null)) networks ??= new ClipPreparer(cropSize, device: device);
    }

    /// <summary>The frame of a photo.</summary>
    /// <exception cref="FmlException">It cannot be read, or shows no usable face.</exception>
    public CropFrame Read(string person, string photo)
    {
        var clip = Path.GetFileNameWithoutExtension(photo);
        if (Given(photo) is { } file)
        {
            using var supplied = new ClipPreparer(cropSize, LandmarkFile.Load(file));
            return Prepare(supplied);
        }
        Demand([photo]);
        return Prepare(networks!);

        CropFrame Prepare(ClipPreparer preparer)
        {
            var prepared = preparer.Prepare(photo, person, clip);
            return prepared.Frames is [var (frame, rgb), ..] ? new CropFrame(frame, rgb)
                : throw new FmlException(string.Join("; ", prepared.Skipped.Select(s => s.Reason).Distinct()) + $": {photo}");
        }
    }

    /// <summary>Frees the networks.</summary>
    public void Dispose() => networks?.Dispose();
}
