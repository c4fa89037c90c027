namespace Carto.Emulator;

/// <summary>The current variants. Reads are atomic.</summary>
internal sealed class VariantsHolder
{
    private volatile EmulatorVariants _current;

    public VariantsHolder(EmulatorVariants initial)
    {
        initial.Validate();
        _current = initial;
    }

    public EmulatorVariants Current
    {
        get => _current;
        set
        {
            value.Validate();
            _current = value;
        }
    }
}
