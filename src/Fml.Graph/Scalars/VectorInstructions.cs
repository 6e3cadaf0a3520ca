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

    private static readonly ILookup<string, MethodInfo> Methods =
        Widest.Operations.GetMethods(BindingFlags.Public | BindingFlags.Static).ToLookup(method => method.Name);

    private static readonly ConcurrentDictionary<(string Name, Type Element, int Operands), MethodInfo> Found = new();

    /// <summary>Bytes of one vector.</summary>
    public static int Bytes => Widest.Bytes;

    /// <summary>The vector type of an element type.</summary>
    public static Type VectorOf(Type element) => Widest.Vector.MakeGenericType(element);

    /// <summary>An operation whose operands are all vectors of one element type.</summary>
    /// <param name="name">Its name in <see cref="Vector512"/> and its siblings.</param>
    /// <param name="element">The operands' element type.</param>
    /// <param name="operands">The number of operands.</param>
    public static MethodInfo Find(string name, Type element, int operands) =>
        Found.GetOrAdd((name, element, operands), static key =>
            Search(key.Name, key.Element, [.. Enumerable.Repeat(VectorOf(key.Element), key.Operands)]));

    /// <summary>A vector of one number: <c>Create(element)</c>.</summary>
    public static MethodInfo Create(Type element) =>
        Found.GetOrAdd(("Create", element, 0), static key => Search(key.Name, key.Element, key.Element));

    /// <summary><c>Load(address)</c></summary>
    public static MethodInfo Load(Type element) =>
        Found.GetOrAdd(("Load", element, 0), static key => Search(key.Name, key.Element, key.Element.MakePointerType()));

    /// <summary><c>Store(vector, address)</c></summary>
    public static MethodInfo Store(Type element) =>
        Found.GetOrAdd(("Store", element, 0), static key =>
            Search(key.Name, key.Element, VectorOf(key.Element), key.Element.MakePointerType()));

    /// <summary>A shift of all elements by a number of bits: <c>name(vector, int)</c>.</summary>
    public static MethodInfo Shift(string name, Type element) =>
        Found.GetOrAdd((name, element, 0), static key => Search(key.Name, key.Element, VectorOf(key.Element), typeof(int)));

    private static MethodInfo Search(string name, Type element, params Type[] parameters) =>
        Methods[name]
            .Where(method => method.GetParameters().Length == parameters.Length)
            .Where(method => !method.IsGenericMethodDefinition || method.GetGenericArguments().Length == 1)
            .Select(method => method.IsGenericMethodDefinition ? method.MakeGenericMethod(element) : method)
            .FirstOrDefault(method => method.GetParameters().Select(p => p.ParameterType).SequenceEqual(parameters))
        ?? throw new MissingMethodException(Widest.Operations.Name, $"{name} on {element.Name}");
}
