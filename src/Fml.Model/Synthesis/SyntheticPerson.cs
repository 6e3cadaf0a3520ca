using System.Collections.Immutable;
using System.Numerics;

namespace Fml.Model;

/// <summary>Who is filmed: shape, colours and what surrounds the face, the same in every clip.</summary>
internal sealed record SyntheticPerson(
    int Number, string Name, FaceTemplate Template, Vector3[] Neutral, PersonLook Look, Surroundings? Around)
{
    /// <summary>Name of a person by number, from 0.</summary>
    public static string NameOf(int person) => $"p{person:D5}";

    /// <summary>Draws person number <paramref name="person"/>; depends on the seed and the number alone.</summary>
    public static SyntheticPerson Draw(SynthesisOptions options, FacePaint paint, int person)
    {
        var template = options.Identities.Template;
        var neutral = options.Identities.Draw(Chance.Stream(options.Seed, person, 1));
        var look = paint.Draw(Chance.Stream(options.Seed, person, 2));
        var landmarks = template.Landmarks.Select(l => l.On(neutral)).ToImmutableArray();
        var around = options.WithSurroundings
            ? Surroundings.Draw(Chance.Stream(options.Seed, person, 3), landmarks, look.Skin, look.Hair, look.Iris)
            : null;
        return new SyntheticPerson(person, NameOf(person), template, neutral, look, around);
    }
}
