using System.Reflection.Emit;

namespace Fml.Graph;

/// <summary>Single vector operations on the evaluation stack.</summary>
internal sealed class VectorCode(ILGenerator il)
{
    /// <summary>Calls an operation whose operands, vectors of one element type, are on the stack.</summary>
    public void Call(string name, Type element, int operands) => il.Emit(OpCodes.Call, VectorInstructions.Find(name, element, operands));

    /// <summary>Pushes a vector of one number.</summary>
    public void Constant(double value, Type element)
    {
        if (element == typeof(float)) il.Emit(OpCodes.Ldc_R4, (float)value);
        else il.Emit(OpCodes.Ldc_R8, value);
        il.Emit(OpCodes.Call, VectorInstructions.Create(element));
    }

    /// <summary>Replaces the operands on the stack by the node's value; a comparison leaves a mask of all ones or zeros.</summary>
    public void Apply(Scalar node, Type element)
    {
        switch (node)
        {
            case Scalar.Unary n: Call(NameOf(n.Function), element, 1); break;
            case Scalar.Binary n: Call(NameOf(n.Function), element, 2); break;
            case Scalar.Machine { Function: MachineFunction.Narrow }: Call("Narrow", typeof(double), 2); break;
            case Scalar.Machine n: ApplyBits(n.Function, element == typeof(float) ? Layout.Single : Layout.Double); break;
            default: throw new NotSupportedException($"{node.GetType().Name} is no vector operation");
        }
    }

    private static string NameOf(UnaryFunction function) => function switch
    {
        UnaryFunction.Negate => "Negate",
        UnaryFunction.Abs => "Abs",
        UnaryFunction.Sqrt => "Sqrt",
        UnaryFunction.Floor => "Floor",
        _ => throw new NotSupportedException($"{function} should have been lowered"),
    };

    private static string NameOf(BinaryFunction function) => function switch
    {
        BinaryFunction.Add => "Add",
        BinaryFunction.Subtract => "Subtract",
        BinaryFunction.Multiply => "Multiply",
        BinaryFunction.Divide => "Divide",
        BinaryFunction.Min => "Min",
        BinaryFunction.Max => "Max",
        BinaryFunction.Less => "LessThan",
        BinaryFunction.LessOrEqual => "LessThanOrEqual",
        BinaryFunction.Equal => "Equals",
        _ => throw new NotSupportedException($"{function} should have been lowered"),
    };

    /// <summary>A floating-point format: sign, biased exponent, mantissa bits.</summary>
    private sealed record Layout(Type Element, Type Bits, int MantissaBits, int Bias)
    {
        public static readonly Layout Single = new(typeof(float), typeof(int), 23, 127);
        public static readonly Layout Double = new(typeof(double), typeof(long), 52, 1023);

        /// <summary>A number of this size has its integer part in the lowest bits.</summary>
        public double UnitBit => Math.ScaleB(1, MantissaBits);

        public long BitsOf(double value) =>
            this == Single ? BitConverter.SingleToInt32Bits((float)value) : BitConverter.DoubleToInt64Bits(value);
    }

    private void ApplyBits(MachineFunction function, Layout layout)
    {
        switch (function)
        {
            case MachineFunction.PowerOfTwo: // n + bias moves into the lowest bits, from there into the exponent's place
                Constant(layout.UnitBit + layout.Bias, layout.Element);
                Call("Add", layout.Element, 2);
                ToBits(layout);
                Shift("ShiftLeft", layout);
                FromBits(layout);
                break;
            case MachineFunction.Exponent: // the exponent's bits become the integer part of a number of size UnitBit
                ToBits(layout);
                Shift("ShiftRightLogical", layout);
                Bits(layout.BitsOf(layout.UnitBit), layout);
                Call("BitwiseOr", layout.Bits, 2);
                FromBits(layout);
                Constant(layout.UnitBit + layout.Bias, layout.Element);
                Call("Subtract", layout.Element, 2);
                break;
            case MachineFunction.Mantissa: // the exponent of 1 in place of its own
                ToBits(layout);
                Bits((1L << layout.MantissaBits) - 1, layout);
                Call("BitwiseAnd", layout.Bits, 2);
                Bits(layout.BitsOf(1), layout);
                Call("BitwiseOr", layout.Bits, 2);
                FromBits(layout);
                break;
            default: throw new NotSupportedException($"{function} is no step on bits");
        }
    }

    private void ToBits(Layout layout) => Call(layout == Layout.Single ? "AsInt32" : "AsInt64", layout.Element, 1);

    private void FromBits(Layout layout) => Call(layout == Layout.Single ? "AsSingle" : "AsDouble", layout.Bits, 1);

    private void Shift(string name, Layout layout)
    {
        il.Emit(OpCodes.Ldc_I4, layout.MantissaBits);
        il.Emit(OpCodes.Call, VectorInstructions.Shift(name, layout.Bits));
    }

    private void Bits(long value, Layout layout)
    {
        if (layout == Layout.Single) il.Emit(OpCodes.Ldc_I4, (int)value);
        else il.Emit(OpCodes.Ldc_I8, value);
        il.Emit(OpCodes.Call, VectorInstructions.Create(layout.Bits));
    }
}
