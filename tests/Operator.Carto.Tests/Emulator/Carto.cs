using Carto.Emulator;
using Microsoft.Extensions.Logging.Abstractions;

namespace Operator.Carto.Tests.Emulator;

/// <summary>An emulator, a user, and an account of that user's.</summary>
internal sealed class Carto : IAsyncDisposable
{
    private Carto(CartoEmulator emulator, EmulatorUser user, CartoApiOptions options, ICartoApi account)
    {
        Emulator = emulator;
        User = user;
        Options = options;
        Account = account;
    }

    public CartoEmulator Emulator { get; }

    public EmulatorUser User { get; }

    public CartoApiOptions Options { get; }

    public ICartoApi Account { get; }

    public ICartoClients Clients => Account.Clients;

    public static async Task<Carto> StartAsync(
        EmulatorVariants? variants = null,
        Func<CartoEmulator, EmulatorUser, CartoApiOptions, CartoApiOptions>? configure = null,
        UserRole role = UserRole.Editor,
        Func<HttpMessageHandler, HttpMessageHandler>? wrap = null,
        TimeProvider? time = null
    )
    {
        var emulator = await CartoEmulator.StartAsync(
            new CartoEmulatorOptions { Variants = variants ?? new EmulatorVariants() },
            TestContext.Current.CancellationToken
        );
        var user = emulator.AddUser("ana", role: role);
        var options = new CartoApiOptions
        {
            ApiBaseUrl = emulator.BaseUrl,
            TokenUrl = emulator.TokenUrl,
            Audience = emulator.Audience,
            CaBundlePem = emulator.CaPem,
            Credentials = new CartoCredentials.ClientCredentials(user.ClientId, new Sensitive(user.ClientSecret)),
            RequestsPerSecond = 10_000,
        };
        options = configure?.Invoke(emulator, user, options) ?? options;
        var account = new CartoApiFactory(time ?? TimeProvider.System, NullLoggerFactory.Instance, wrap).Create(options);
        return new Carto(emulator, user, options, account);
    }

    public async ValueTask DisposeAsync()
    {
        await Account.DisposeAsync();
        await Emulator.DisposeAsync();
    }
}
