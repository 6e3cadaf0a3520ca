namespace Fml.Model;

/// <summary>How much of the ICT model a template takes.</summary>
public enum IctRegion
{
    /// <summary>The narrow face, 6 706 vertices, open at eyes and mouth: for speed.</summary>
    NarrowFace,

    /// <summary>The face to the ears and the throat, with eyeballs and the inside of the mouth.</summary>
    Face,

    /// <summary>Head and neck, with eyeballs and the inside of the mouth.</summary>
    Head,
}
