using k8s;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Hosting;
using Operator.Runtime;

namespace Operator.Tests.Hosting;

public sealed class ClusterProbeTests
{
    [Fact]
    public async Task Wait_IsStoppedJustWhenTheServerHasRefusedACall_IsCancelledAndHasNotFailed()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var refusing = new Refusing();
        var time = new StopsOnceRefused(refusing, stop);
        using var api = new KubernetesApi(
            new KubernetesClientConfiguration { Host = "http://refusing.invalid" },
            new KubernetesApiOptions(),
            time,
            refusing
        );
        var probe = new ClusterProbe(api, time, NullLogger.Instance);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe.WaitAsync("cluster", [], stop.Token));
    }

    private sealed class Refusing : DelegatingHandler
    {
        public bool HasRefused { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            HasRefused = true;
            throw new HttpRequestException("Connection refused");
        }
    }

    /// <summary>Stops when the duration of the refused call is taken: its error is on its way then.</summary>
    private sealed class StopsOnceRefused(Refusing refusing, CancellationTokenSource stop) : TimeProvider
    {
        public override long GetTimestamp()
        {
            if (refusing.HasRefused)
            {
                stop.Cancel();
            }

            return base.GetTimestamp();
        }
    }
}
