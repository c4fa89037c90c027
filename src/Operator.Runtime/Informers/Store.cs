using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>The cache of an <see cref="Informer{T}"/>, as of the last event. Thread-safe. Objects are shared: never modify them.</summary>
public sealed class Store<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ConcurrentDictionary<ObjectKey, T> _items = new();
    private readonly Dictionary<string, Index> _indexes = new(StringComparer.Ordinal);
    private readonly Lock _indexLock = new();

    internal Store() { }

    /// <summary>Number of objects.</summary>
    public int Count => _items.Count;

    /// <summary>All objects, as a snapshot.</summary>
    public ICollection<T> Items => _items.Values;

    internal ICollection<ObjectKey> Keys => _items.Keys;

    /// <summary>Reads one object.</summary>
    public bool TryGet(ObjectKey key, [MaybeNullWhen(false)] out T value) => _items.TryGetValue(key, out value);

    /// <summary>Adds an index for lookups other than by key.</summary>
    /// <param name="name">Name of the index.</param>
    /// <param name="values">The index values of an object; must depend only on the object.</param>
    /// <exception cref="ArgumentException">An index of that name exists.</exception>
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

    /// <summary>The objects with an index value, as a snapshot.</summary>
    /// <exception cref="KeyNotFoundException">There is no index of that name.</exception>
    public IReadOnlyList<T> ByIndex(string name, string value)
    {
        lock (_indexLock)
        {
            return [.. _indexes[name].Find(value).Select(key => _items[key])];
        }
    }

    /// <summary>Whether any object with an index value matches a predicate. Stops early and copies nothing.</summary>
    /// <param name="name">Name of the index.</param>
    /// <param name="value">The value.</param>
    /// <param name="wanted">The predicate; must be quick and must not use the store.</param>
    /// <exception cref="KeyNotFoundException">There is no index of that name.</exception>
    public bool AnyByIndex(string name, string value, Func<T, bool> wanted)
    {
        lock (_indexLock)
        {
            return _indexes[name].Find(value).Any(key => wanted(_items[key]));
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
        private readonly Dictionary<string, KeySet> _keys = new(StringComparer.Ordinal);

        public IReadOnlyCollection<ObjectKey> Find(string value) => _keys.TryGetValue(value, out var keys) ? keys.All : [];

        public void Add(ObjectKey key, T item)
        {
            foreach (var value in values(item))
            {
                CollectionsMarshal.GetValueRefOrAddDefault(_keys, value, out _).Add(key);
            }
        }

        public void Remove(ObjectKey key, T item)
        {
            foreach (var value in values(item))
            {
                ref var keys = ref CollectionsMarshal.GetValueRefOrNullRef(_keys, value);
                if (!Unsafe.IsNullRef(ref keys) && keys.Remove(key))
                {
                    _keys.Remove(value);
                }
            }
        }
    }

    /// <summary>
    /// Keys with one value. If every object has its own value, a set for each would take as much memory as a small object.
    /// </summary>
    private struct KeySet
    {
        private ObjectKey? _only;
        private HashSet<ObjectKey>? _several;

        public readonly IReadOnlyCollection<ObjectKey> All =>
            _several is not null ? _several
            : _only is { } only ? [only]
            : [];

        public void Add(ObjectKey key)
        {
            if (_several is not null)
            {
                _several.Add(key);
            }
            else if (_only is not { } only)
            {
                _only = key;
            }
            else if (only != key)
            {
                (_only, _several) = (null, [only, key]);
            }
        }

        /// <summary>Returns whether it is now empty.</summary>
        public bool Remove(ObjectKey key)
        {
            if (_several is not null)
            {
                return _several.Remove(key) && _several.Count == 0;
            }

            if (_only != key)
            {
                return false;
            }

            _only = null;
            return true;
        }
    }
}
