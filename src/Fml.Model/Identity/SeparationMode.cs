namespace Fml.Model;

/// <summary>
/// How identity is kept apart from expression (<c>method.md</c> section 1); in every mode the rigid motions are left to the pose.
/// Identity is learned whole in all of them; where they keep it from the expressions it is divided when training ends
/// (<see cref="IdentityDivision"/>), and what it loses a person of these codes always wears.
/// </summary>
public enum SeparationMode
{
    /// <summary>The paper's: identity is orthogonal to the expressions as the graph sees them, <c>B_G = argmin |S B_G - B|^2</c>.</summary>
    Graph,

    /// <summary>Identity is orthogonal to the expressions on the surface, in the area-weighted sense: <c>(S d)^T A B = 0</c>.</summary>
    Mesh,

    /// <summary>As <see cref="Mesh"/>, but what a person always wears belongs to the neutral face, as an offset of its own in the expressions.</summary>
    Soft,

    /// <summary>Identity and expression may share motions.</summary>
    Off,
}
