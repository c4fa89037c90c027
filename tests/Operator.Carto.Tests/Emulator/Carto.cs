using Carto.Emulator;
using Microsoft.Extensions.Logging.Abstractions;

namespace Operator.Carto.Tests.Emulator;

/// <summary>An emulator, a user, and an account of that user's.</summary>
internal sealed class Carto : IAsyncDisposable
{
    private Carto(CartoEmulator emulator, EmulatorUser user, CartoAccountOptions options, ICartoAccount account)
    {
        Emulator = emulator;
        User = user;
        Options = options;
        Account = account;
    }

    public CartoEmulator Emulator { get; }

    public EmulatorUser User { get; }

    public CartoAccountOptions Options { get; }

    public ICartoAccount Account { get; }

    public ICartoClients Clients => Account.Clients;

    public static async Task<Carto> StartAsync(
        EmulatorVariants? variants = null,
        Func<CartoEmulator, EmulatorUser, CartoAccountOptions, CartoAccountOptions>? configure = null,
        UserRole role = UserRole.Editor,
        Func<HttpMessageHandler, HttpMessageHandler>? wrap = null,
        TimeProvider? time = null)
    {
        var emulator = await CartoEmulator.StartAsync(
            new CartoEmulatorOptions { Variants = variants ?? new EmulatorVariants() }, TestContext.Current.CancellationToken);
        var user = emulator.AddUser("ana", role: role);
        var options = new CartoAccountOptions
        {
            ApiBaseUrl = emulator.BaseUrl,
            TokenUrl = emulator.TokenUrl,
            Audience = emulator.Audience,
            CaBundlePem = emulator.CaPem,
            Credentials = new CartoCredentials.ClientCredentials(user.ClientId, new Sensitive(user.ClientSecret)),
            RequestsPerSecond = 10_000,
        };
        options = configure?.Invoke(emulator, user, options) ?? options;
        var account = new CartoAccountFactory(time ?? TimeProvider.System, NullLoggerFactory.Instance, wrap).Create(options);
        return new Carto(emulator, user, options, account);
    }

    public async ValueTask DisposeAsync()
    {
        await Account.DisposeAsync();
        await Emulator.DisposeAsync();
    }
}
