using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Intrinsics;

namespace Fml.Graph;

/// <summary>The widest vectors of this machine, and their operations as methods that the runtime turns into single instructions.</summary>
internal static class VectorInstructions
{
    private static readonly (Type Operations, Type Vector, int Bytes) Widest =
        Vector512.IsHardwareAccelerated ? (typeof(Vector512), typeof(Vector512<>), 64)
        : Vector256.IsHardwareAccelerated ? (typeof(Vector256), typeof(Vector256<>), 32)
        : (typeof(Vector128), typeof(Vector128<>), 16);

    private static readonly ConcurrentDictionary<(string, Type), MethodInfo> Found = new();

    /// <summary>Bytes of one vector.</summary>
    public static int Bytes => Widest.Bytes;

    /// <summary>The vector type of an element type.</summary>
    public static Type VectorOf(Type element) => Widest.Vector.MakeGenericType(element);

    /// <summary>An operation whose operands are all vectors of one element type.</summary>
    /// <param name="name">Its name in <see cref="Vector512"/> and its siblings.</param>
    /// <param name="element">The operands' element type.</param>
    /// <param name="operands">The number of operands.</param>
    public static MethodInfo Find(string name, Type element, int operands) =>
        Find(name, element, [.. Enumerable.Repeat(VectorOf(element), operands)]);

    /// <summary>An operation with the given parameters.</summary>
    public static MethodInfo Find(string name, Type element, params Type[] parameters) =>
        Found.GetOrAdd(($"{name}({string.Join(',', parameters.Select(p => p.ToString()))})", element), _ =>
            Widest.Operations.GetMethods(BindingFlags.Public | BindingFlags.Static)
                .Where(method => method.Name == name && method.GetParameters().Length == parameters.Length)
                .Where(method => !method.IsGenericMethodDefinition || method.GetGenericArguments().Length == 1)
                .Select(method => method.IsGenericMethodDefinition ? method.MakeGenericMethod(element) : method)
                .FirstOrDefault(method => method.GetParameters().Select(p => p.ParameterType).SequenceEqual(parameters))
            ?? throw new MissingMethodException(Widest.Operations.Name, $"{name} on {element.Name}"));
}
