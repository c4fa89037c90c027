using System.Collections;

namespace Operator.Runtime;

/// <summary>Log scope of one reconcile: the controller, the object, and a number unique to this reconcile.</summary>
internal sealed class ReconcileScope(string controller, ObjectKey key, long reconcileId) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => 3;

    public KeyValuePair<string, object?> this[int index] =>
        index switch
        {
            0 => new("Controller", controller),
            1 => new("Object", key),
            2 => new("ReconcileId", reconcileId),
            _ => throw new ArgumentOutOfRangeException(nameof(index)),
        };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"{controller} {key} #{reconcileId}";
}
