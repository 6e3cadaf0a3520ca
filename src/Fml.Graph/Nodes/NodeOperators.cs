namespace Fml.Graph;

public abstract partial class Node
{
    private static readonly Scalar A = new Scalar.Argument(0), B = new Scalar.Argument(1);

    /// <summary>Elementwise sum.</summary>
    public static Node operator +(Node a, Node b) => Ops.Map(A + B, a, b);

    /// <summary>Elementwise difference.</summary>
    public static Node operator -(Node a, Node b) => Ops.Map(A - B, a, b);

    /// <summary>Elementwise product.</summary>
    public static Node operator *(Node a, Node b) => Ops.Map(A * B, a, b);

    /// <summary>Elementwise quotient.</summary>
    public static Node operator /(Node a, Node b) => Ops.Map(A / B, a, b);

    /// <summary>Elementwise negation.</summary>
    public static Node operator -(Node a) => Ops.Map(-A, a);

    /// <summary>Adds a number to every element.</summary>
    public static Node operator +(Node a, double b) => Ops.Map(A + b, a);

    /// <summary>Adds a number to every element.</summary>
    public static Node operator +(double a, Node b) => b + a;

    /// <summary>Subtracts a number from every element.</summary>
    public static Node operator -(Node a, double b) => Ops.Map(A - b, a);

    /// <summary>Subtracts every element from a number.</summary>
    public static Node operator -(double a, Node b) => Ops.Map(a - A, b);

    /// <summary>Multiplies every element by a number.</summary>
    public static Node operator *(Node a, double b) => Ops.Map(A * b, a);

    /// <summary>Multiplies every element by a number.</summary>
    public static Node operator *(double a, Node b) => b * a;

    /// <summary>Divides every element by a number.</summary>
    public static Node operator /(Node a, double b) => Ops.Map(A / b, a);

    /// <summary>Divides a number by every element.</summary>
    public static Node operator /(double a, Node b) => Ops.Map(a / A, b);
}
