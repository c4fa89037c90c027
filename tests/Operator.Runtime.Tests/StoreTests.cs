namespace Operator.Runtime.Tests;

public sealed class StoreTests
{
    private readonly Store<Widget> _store = new();

    [Fact]
    public void ByIndex_ObjectsAddedBeforeAndAfterTheIndex_AreFound()
    {
        Set("before", 1);
        _store.AddIndex("size", widget => [$"{widget.Spec.Size}"]);
        Set("after", 1);
        Set("other", 2);

        Assert.Equal(["after", "before"], BySize(1));
        Assert.Empty(BySize(3));
    }

    [Fact]
    public void ByIndex_ObjectChangedOrRemoved_IsFoundByWhatItIsNow()
    {
        _store.AddIndex("size", widget => [$"{widget.Spec.Size}"]);
        Set("one", 1);
        Set("two", 1);

        Set("one", 2);
        _store.Remove(new ObjectKey("ns", "two"));

        Assert.Empty(BySize(1));
        Assert.Equal(["one"], BySize(2));
    }

    [Fact]
    public void ByIndex_SeveralValuesOfOneObject_AllLeadToIt()
    {
        _store.AddIndex("digits", widget => $"{widget.Spec.Size}".Select(digit => digit.ToString()));
        Set("one", 42);

        Assert.Equal("one", Assert.Single(_store.ByIndex("digits", "4")).Metadata.Name);
        Assert.Equal("one", Assert.Single(_store.ByIndex("digits", "2")).Metadata.Name);
    }

    [Fact]
    public void ByIndex_ValueOfOneThenOfTwoThenOfOneAgain_FindsThoseThatHaveItNow()
    {
        _store.AddIndex("size", widget => [$"{widget.Spec.Size}"]);
        Set("one", 1);
        Set("one", 1);
        Assert.Equal(["one"], BySize(1));

        Set("two", 1);
        Assert.Equal(["one", "two"], BySize(1));

        Set("one", 2);
        Assert.Equal(["two"], BySize(1));
        _store.Remove(new ObjectKey("ns", "two"));
        Assert.Empty(BySize(1));
        Set("three", 1);
        Assert.Equal(["three"], BySize(1));
    }

    [Fact]
    public void AnyByIndex_LooksOnlyAtThoseThatTheIndexLists()
    {
        _store.AddIndex("size", widget => [$"{widget.Spec.Size}"]);
        Set("one", 1);
        Set("two", 2);

        Assert.True(_store.AnyByIndex("size", "1", widget => widget.Metadata.Name == "one"));
        Assert.False(_store.AnyByIndex("size", "1", widget => widget.Metadata.Name == "two"));
        Assert.False(_store.AnyByIndex("size", "3", _ => true));
    }

    [Fact]
    public void ObjectKey_AsText_IsWhatKubectlTakes()
    {
        Assert.Equal("ns/one", new ObjectKey("ns", "one").ToString());
        Assert.Equal("one", new ObjectKey(null, "one").ToString());
    }

    private void Set(string name, int size) => _store.Set(new ObjectKey("ns", name), Widget.Named("ns", name, size));

    private IEnumerable<string> BySize(int size) => _store.ByIndex("size", $"{size}").Select(widget => widget.Metadata.Name).Order();
}
