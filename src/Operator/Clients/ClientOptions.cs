using Operator.Access;
using Operator.Contracts;

namespace Operator.Clients;

/// <summary>Settings for all clients.</summary>
/// <param name="Cluster">See <see cref="Mark.Cluster"/>.</param>
/// <param name="Verify">Whether credentials are verified at all, see <see cref="M2MOAuthClientSpec.Verify"/>.</param>
internal sealed record ClientOptions(string Cluster, bool Verify);
