namespace Fml.Model;

/// <summary>
/// How identity is kept apart from expression (<c>method.md</c> section 1); in every mode the rigid motions are left to the pose.
/// Under <see cref="Graph"/> and <see cref="Mesh"/> identity is learned whole, and divided when training ends (<see cref="IdentityDivision"/>).
/// </summary>
public enum SeparationMode
{
    /// <summary>The paper's: identity is orthogonal to the expressions as the graph sees them, <c>B_G = argmin |S B_G - B|^2</c>.</summary>
    Graph,

    /// <summary>Identity is orthogonal to the expressions on the surface, in the area-weighted sense: <c>(S d)^T A B = 0</c>.</summary>
    Mesh,

    /// <summary>As <see cref="Mesh"/>, and what identity loses by it comes back as a person's own offset in the expressions.</summary>
    Soft,

    /// <summary>Identity and expression may share motions.</summary>
    Off,
}
