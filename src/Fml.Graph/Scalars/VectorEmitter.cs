using System.Reflection.Emit;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Generates the loop of a row kernel over whole vectors. What depends on shared values only is computed once before the loop, common parts
/// once an element; short loops are unrolled.
/// </summary>
internal sealed class VectorEmitter
{
    private const int DeepestInline = 24;

    private readonly LoweredProgram program;
    private readonly Type element;
    private readonly ILGenerator il;
    private readonly VectorCode code;
    private readonly Dictionary<int, LocalBuilder> pointers = [];
    private readonly Dictionary<LoweredValue, LocalBuilder> invariants = [];
    private readonly LocalBuilder offset;
    private Dictionary<LoweredValue, LocalBuilder> locals = [];
    private int step;

    private VectorEmitter(LoweredProgram program, Type element, ILGenerator il)
    {
        this.program = program;
        this.element = element;
        this.il = il;
        code = new VectorCode(il);
        offset = il.DeclareLocal(typeof(long));
    }

    /// <summary>The kernel, and the number of lanes of which its count must be a multiple.</summary>
    public static unsafe (RowKernel Kernel, int Lanes) Emit(RowSignature signature)
    {
        var element = signature.Arithmetic == ElementType.F32 ? typeof(float) : typeof(double);
        var program = new LoweredProgram(signature);
        var method = new DynamicMethod(
            "row", typeof(void), [typeof(void**), typeof(void**), typeof(long)], typeof(VectorEmitter).Module, skipVisibility: true)
        {
            InitLocals = false,
        };
        new VectorEmitter(program, element, method.GetILGenerator()).EmitMethod(signature);
        return (method.CreateDelegate<RowKernel>(), VectorInstructions.Bytes / signature.Arithmetic.Size());
    }

    private void EmitMethod(RowSignature signature)
    {
        var size = signature.Arithmetic.Size();
        foreach (var argument in program.Arguments) pointers[argument] = EmitPointer(OpCodes.Ldarg_0, argument);
        var outputs = Enumerable.Range(0, program.Roots.Length).Select(i => EmitPointer(OpCodes.Ldarg_1, i)).ToArray();
        foreach (var value in program.Order.Where(program.IsHoisted)) invariants[value] = EmitLocal(value);

        // end = count * size; unrolledEnd = end - end % (vectors of one round)
        var unroll = program.Order.Count switch { <= 12 => 4, <= 40 => 2, _ => 1 };
        var end = il.DeclareLocal(typeof(long));
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Ldc_I8, (long)size);
        il.Emit(OpCodes.Mul);
        il.Emit(OpCodes.Stloc, end);
        il.Emit(OpCodes.Ldc_I8, 0L);
        il.Emit(OpCodes.Stloc, offset);
        if (unroll > 1)
        {
            var unrolledEnd = il.DeclareLocal(typeof(long));
            il.Emit(OpCodes.Ldloc, end);
            il.Emit(OpCodes.Ldc_I8, -(long)unroll * VectorInstructions.Bytes); // a power of two, so that this masks the remainder
            il.Emit(OpCodes.And);
            il.Emit(OpCodes.Stloc, unrolledEnd);
            EmitLoop(outputs, unrolledEnd, unroll);
        }
        EmitLoop(outputs, end, 1);
        il.Emit(OpCodes.Ret);
    }

    private void EmitLoop(LocalBuilder[] outputs, LocalBuilder end, int vectors)
    {
        Label test = il.DefineLabel(), body = il.DefineLabel();
        il.Emit(OpCodes.Br, test);
        il.MarkLabel(body);
        for (step = 0; step < vectors; step++) EmitBody(outputs);
        il.Emit(OpCodes.Ldloc, offset);
        il.Emit(OpCodes.Ldc_I8, (long)vectors * VectorInstructions.Bytes);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, offset);
        il.MarkLabel(test);
        il.Emit(OpCodes.Ldloc, offset);
        il.Emit(OpCodes.Ldloc, end);
        il.Emit(OpCodes.Blt, body);
    }

    // All outputs are computed before the first is stored, so that an output may lie over an argument.
    private void EmitBody(LocalBuilder[] outputs)
    {
        locals = [];
        var heights = new Dictionary<LoweredValue, int>();
        foreach (var value in program.Order.Where(program.VariesInRow))
        {
            var height = heights[value] = 1 + Height(value);
            if (program.IsRepeated(value) || (program.Uses(value) < 2 && height < DeepestInline)) continue;
            locals[value] = EmitLocal(value);
            heights[value] = 0;
        }
        var results = program.Roots.Select(root => EmitLocal(root)).ToArray();
        for (var i = 0; i < outputs.Length; i++)
        {
            il.Emit(OpCodes.Ldloc, results[i]);
            EmitAddress(outputs[i]);
            il.Emit(OpCodes.Call, VectorInstructions.Store(element));
        }

        int Height(LoweredValue value) =>
            program.Operands(value).Select(operand => heights.GetValueOrDefault(operand)).DefaultIfEmpty().Max();
    }

    private LocalBuilder EmitPointer(OpCode loadTable, int index)
    {
        var pointer = il.DeclareLocal(typeof(nint));
        il.Emit(loadTable);
        il.Emit(OpCodes.Ldc_I4, index * nint.Size);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Ldind_I);
        il.Emit(OpCodes.Stloc, pointer);
        return pointer;
    }

    private void EmitAddress(LocalBuilder pointer)
    {
        il.Emit(OpCodes.Ldloc, pointer);
        il.Emit(OpCodes.Ldloc, offset);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Add);
        if (step == 0) return;
        il.Emit(OpCodes.Ldc_I4, step * VectorInstructions.Bytes);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Add);
    }

    private LocalBuilder EmitLocal(LoweredValue value)
    {
        var local = il.DeclareLocal(VectorInstructions.VectorOf(ElementOf(value)));
        EmitValue(value);
        il.Emit(OpCodes.Stloc, local);
        return local;
    }

    private Type ElementOf(LoweredValue value) => value.Half is null ? element : typeof(double);

    // Leaves the value on the stack.
    private void EmitValue(LoweredValue value)
    {
        if (locals.TryGetValue(value, out var local) || invariants.TryGetValue(value, out local))
        {
            il.Emit(OpCodes.Ldloc, local);
            return;
        }
        var type = ElementOf(value);
        switch (value.Node)
        {
            case Scalar.Constant n:
                code.Constant(n.Value, type);
                break;
            case Scalar.Argument n when program.IsShared(n.Index):
                il.Emit(OpCodes.Ldloc, pointers[n.Index]);
                il.Emit(OpCodes.Ldobj, type);
                il.Emit(OpCodes.Call, VectorInstructions.Create(type));
                break;
            case Scalar.Argument n:
                EmitAddress(pointers[n.Index]);
                il.Emit(OpCodes.Call, VectorInstructions.Load(type));
                break;
            case Scalar.Select n:
                EmitSelect(value with { Node = n.Condition }, value with { Node = n.Then }, value with { Node = n.Else });
                break;
            case Scalar.Machine { Function: MachineFunction.Widen } n:
                EmitValue(new LoweredValue(n.X, null));
                code.Call(value.Half == VectorHalf.Lower ? "WidenLower" : "WidenUpper", typeof(float), 1);
                break;
            case Scalar.Binary { Function: BinaryFunction.Min or BinaryFunction.Max, Y: Scalar.Constant c } n when !double.IsNaN(c.Value):
                // With the constant first the plain instruction returns a NaN of the other operand.
                EmitValue(value with { Node = c });
                EmitValue(value with { Node = n.X });
                code.Call(n.Function == BinaryFunction.Min ? "MinNative" : "MaxNative", type, 2);
                break;
            default:
                foreach (var operand in program.Operands(value)) EmitValue(operand);
                code.Apply(value.Node, type);
                if (program.IsMask(value))
                {
                    code.Constant(1, type);
                    code.Call("BitwiseAnd", type, 2);
                }
                break;
        }
    }

    private void EmitSelect(LoweredValue condition, LoweredValue then, LoweredValue otherwise)
    {
        var type = ElementOf(then);
        if (program.IsMask(condition) && !locals.ContainsKey(condition) && !invariants.ContainsKey(condition))
        {
            foreach (var operand in program.Operands(condition)) EmitValue(operand);
            code.Apply(condition.Node, type);
        }
        else
        {
            EmitValue(condition);
            code.Constant(0, type);
            code.Call("Equals", type, 2);
            (then, otherwise) = (otherwise, then);
        }
        EmitValue(then);
        EmitValue(otherwise);
        code.Call("ConditionalSelect", type, 3);
    }
}
