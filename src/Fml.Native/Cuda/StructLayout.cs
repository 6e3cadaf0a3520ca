using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Fml.Native;

/// <summary>What a C struct must look like to be the same bytes as a C# struct.</summary>
internal static class StructLayout
{
    // NVRTC knows __builtin_offsetof from 13.4 on; before, __INTADDR__ is what its front end offers in its place.
    private const string OffsetOf = """
        #ifndef OFFSET_OF
        #if defined(__CUDACC_RTC__) && 100 * __CUDACC_VER_MAJOR__ + __CUDACC_VER_MINOR__ < 1304
        #define OFFSET_OF(type, field) __INTADDR__(&((type*)0)->field)
        #else
        #define OFFSET_OF(type, field) __builtin_offsetof(type, field)
        #endif
        #endif

        """;

    /// <summary>C assertions of the size and of every field's offset, in structs inside it too.</summary>
    /// <exception cref="NotSupportedException">The struct has a bool or a char, whose sizes the two languages do not share.</exception>
    public static string Assertions(Type type)
    {
        var text = new StringBuilder(OffsetOf);
        text.Append($"static_assert(sizeof({type.Name}) == {Marshal.SizeOf(type)}, \"{type.Name}: size\");\n");
        foreach (var (path, offset) in Offsets(type))
            text.Append($"static_assert(OFFSET_OF({type.Name}, {path}) == {offset}, \"{type.Name}.{path}: offset\");\n");
        return text.ToString();
    }

    private static IEnumerable<(string Path, long Offset)> Offsets(Type type)
    {
        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            if (field.FieldType == typeof(bool) || field.FieldType == typeof(char))
                throw new NotSupportedException($"{type.Name}.{Name(field)} is a {field.FieldType.Name}; a parameter struct of a kernel says int instead");
            var offset = (long)Marshal.OffsetOf(type, field.Name);
            yield return (Name(field), offset);
            if (!IsStruct(field.FieldType) || field.IsDefined(typeof(FixedBufferAttribute))) continue;
            foreach (var (path, inner) in Offsets(field.FieldType)) yield return ($"{Name(field)}.{path}", offset + inner);
        }
    }

    // An inline array is an array in C, and so is a fixed buffer.
    private static bool IsStruct(Type type) =>
        type is { IsPrimitive: false, IsEnum: false, IsPointer: false }
        && type.Assembly != typeof(object).Assembly
        && !type.IsDefined(typeof(InlineArrayAttribute));

    // The field behind a property is called <Property>k__BackingField.
    private static string Name(FieldInfo field) => field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>')] : field.Name;
}
