using Operator.Carto.Tokens;

namespace Operator.Carto.Clients;

/// <summary>Effects of a failed call on the calls after it, whatever the interface.</summary>
internal sealed class FailureEffects(TokenProvider tokens, AccountGate gate)
{
    /// <summary>Applies them. Returns the failure as callers should see it.</summary>
    public CartoException Apply(CartoException exception)
    {
        switch (exception.Error.Kind)
        {
            case CartoErrorKind.Throttled when exception.Error.RetryAfter is not { Ticks: > 0 }:
                // Throttled in an answer, or without a usable time: the gate determines the pause.
                return new CartoException(exception.Error with { RetryAfter = gate.SlowDown(CartoStage.Api, null) });
            case CartoErrorKind.Unauthorized:
                tokens.Doubt();
                break;
        }

        return exception;
    }
}
