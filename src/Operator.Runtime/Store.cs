using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>
/// The objects that an <see cref="Informer{T}"/> knows, as of the last event it saw. Safe for use from any thread. The objects
/// are shared: never change one.
/// </summary>
public sealed class Store<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ConcurrentDictionary<ObjectKey, T> _items = new();
    private readonly Dictionary<string, Index> _indexes = new(StringComparer.Ordinal);
    private readonly Lock _indexLock = new();

    internal Store()
    {
    }

    /// <summary>How many objects there are.</summary>
    public int Count => _items.Count;

    /// <summary>All objects, as a snapshot.</summary>
    public ICollection<T> Items => _items.Values;

    internal ICollection<ObjectKey> Keys => _items.Keys;

    /// <summary>Reads one object.</summary>
    public bool TryGet(ObjectKey key, [MaybeNullWhen(false)] out T value) => _items.TryGetValue(key, out value);

    /// <summary>Lets objects be found by something else than their key.</summary>
    /// <param name="name">Name of the index.</param>
    /// <param name="values">The values to find an object by; must depend on nothing but the object.</param>
    /// <exception cref="ArgumentException">There is an index of that name.</exception>
    public void AddIndex(string name, Func<T, IEnumerable<string>> values)
    {
        lock (_indexLock)
        {
            var index = new Index(values);
            _indexes.Add(name, index);
            foreach (var (key, item) in _items)
            {
                index.Add(key, item);
            }
        }
    }

    /// <summary>The objects that an index lists under a value, as a snapshot.</summary>
    /// <exception cref="KeyNotFoundException">There is no index of that name.</exception>
    public IReadOnlyList<T> ByIndex(string name, string value)
    {
        lock (_indexLock)
        {
            if (!_indexes[name].Keys.TryGetValue(value, out var keys))
            {
                return [];
            }

            var found = new List<T>(keys.Count);
            foreach (var key in keys)
            {
                found.Add(_items[key]);
            }

            return found;
        }
    }

    /// <summary>Whether an index lists an object under a value that is as wanted. Looks at no more objects than it must, and copies none.</summary>
    /// <param name="name">Name of the index.</param>
    /// <param name="value">The value.</param>
    /// <param name="wanted">Must be quick and must not use the store.</param>
    /// <exception cref="KeyNotFoundException">There is no index of that name.</exception>
    public bool AnyByIndex(string name, string value, Func<T, bool> wanted)
    {
        lock (_indexLock)
        {
            return _indexes[name].Keys.TryGetValue(value, out var keys) && keys.Any(key => wanted(_items[key]));
        }
    }

    internal void Set(ObjectKey key, T value)
    {
        lock (_indexLock)
        {
            _items.TryGetValue(key, out var old);
            _items[key] = value;
            foreach (var index in _indexes.Values)
            {
                if (old is not null)
                {
                    index.Remove(key, old);
                }

                index.Add(key, value);
            }
        }
    }

    internal void Remove(ObjectKey key)
    {
        lock (_indexLock)
        {
            if (_items.TryRemove(key, out var old))
            {
                foreach (var index in _indexes.Values)
                {
                    index.Remove(key, old);
                }
            }
        }
    }

    private sealed class Index(Func<T, IEnumerable<string>> values)
    {
        public Dictionary<string, HashSet<ObjectKey>> Keys { get; } = new(StringComparer.Ordinal);

        public void Add(ObjectKey key, T item)
        {
            foreach (var value in values(item))
            {
                if (!Keys.TryGetValue(value, out var keys))
                {
                    Keys.Add(value, keys = []);
                }

                keys.Add(key);
            }
        }

        public void Remove(ObjectKey key, T item)
        {
            foreach (var value in values(item))
            {
                if (Keys.TryGetValue(value, out var keys) && keys.Remove(key) && keys.Count == 0)
                {
                    Keys.Remove(value);
                }
            }
        }
    }
}
