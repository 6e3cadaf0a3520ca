using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace Fml.Native;

/// <summary>What a C struct must look like to be the same bytes as a C# struct.</summary>
internal static class StructLayout
{
    /// <summary>C assertions of the size and of every field's offset.</summary>
    public static string Assertions(Type type)
    {
        var text = new StringBuilder();
        text.AppendLine($"static_assert(sizeof({type.Name}) == {Marshal.SizeOf(type)}, \"{type.Name}: size\");");
        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            var name = Name(field);
            text.AppendLine(
                $"static_assert(__builtin_offsetof({type.Name}, {name}) == {Marshal.OffsetOf(type, field.Name)}, \"{type.Name}.{name}: offset\");");
        }
        return text.ToString();
    }

    // The field behind a property is called <Property>k__BackingField.
    private static string Name(FieldInfo field) => field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>')] : field.Name;
}
