using Fml.Native;

namespace Fml.Model;

/// <summary>Frames of a clip, whatever it is: a video, or a photo as a clip of one frame.</summary>
internal static class FrameSource
{
    public static bool IsReadable(string path) => PhotoReader.IsPhoto(path) || VideoReader.IsVideo(path);

    /// <exception cref="FmlException">As <see cref="PhotoReader.Read"/> and <see cref="VideoReader.Read"/>, or neither photo nor
    /// video.</exception>
    public static IEnumerable<VideoFrame> Read(string path, VideoOptions options, CancellationToken cancellation) =>
        PhotoReader.IsPhoto(path) ? Photo(path)
        : VideoReader.IsVideo(path) ? VideoReader.Read(path, options, cancellation)
        : throw new FmlException($"{path} is neither a video nor a photo by its name.");

    private static IEnumerable<VideoFrame> Photo(string path)
    {
        yield return new VideoFrame(0, 0, PhotoReader.Read(path));
    }
}
