namespace Operator.Runtime;

/// <summary>Labels and annotations.</summary>
public static class TextMaps
{
    extension(IDictionary<string, string>? map)
    {
        /// <summary>Whether two maps have the same entries. None is the same as an empty one.</summary>
        public bool IsSameAs(IDictionary<string, string>? other) =>
            (map?.Count ?? 0) == (other?.Count ?? 0)
            && (map is null || map.All(pair => other!.TryGetValue(pair.Key, out var value) && value == pair.Value));

        /// <summary>The value of an entry; null if there is none.</summary>
        public string? Find(string name) => map is not null && map.TryGetValue(name, out var value) ? value : null;
    }
}
