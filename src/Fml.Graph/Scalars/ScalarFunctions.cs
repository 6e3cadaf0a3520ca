namespace Fml.Graph;

/// <summary>A function of one number.</summary>
public enum UnaryFunction
{
    /// <summary><c>-x</c></summary>
    Negate,

    /// <summary><c>|x|</c></summary>
    Abs,

    /// <summary>The square root; NaN below 0.</summary>
    Sqrt,

    /// <summary><c>e^x</c></summary>
    Exp,

    /// <summary>The natural logarithm; -infinity at 0, NaN below.</summary>
    Log,

    /// <summary>The sine of an angle in radians.</summary>
    Sin,

    /// <summary>The cosine of an angle in radians.</summary>
    Cos,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,

    /// <summary><c>1 / (1 + e^-x)</c></summary>
    Sigmoid,

    /// <summary>The greatest integer not above x.</summary>
    Floor,

    /// <summary>-1, 0 or 1; NaN at NaN.</summary>
    Sign,

    /// <summary>1 where x is neither infinite nor NaN, else 0.</summary>
    IsFinite,
}

/// <summary>A function of two numbers.</summary>
public enum BinaryFunction
{
    /// <summary><c>x + y</c></summary>
    Add,

    /// <summary><c>x - y</c></summary>
    Subtract,

    /// <summary><c>x y</c></summary>
    Multiply,

    /// <summary><c>x / y</c></summary>
    Divide,

    /// <summary><c>x^y</c> for a finite y; NaN where x is below 0 and y is no integer; 1 where y is 0.</summary>
    Power,

    /// <summary>The smaller of the two; NaN if either is NaN.</summary>
    Min,

    /// <summary>The greater of the two; NaN if either is NaN.</summary>
    Max,

    /// <summary>1 where <c>x &lt; y</c>, else 0; 0 if either is NaN.</summary>
    Less,

    /// <summary>1 where <c>x &lt;= y</c>, else 0; 0 if either is NaN.</summary>
    LessOrEqual,

    /// <summary>1 where <c>x = y</c>, else 0; 0 if either is NaN.</summary>
    Equal,
}
