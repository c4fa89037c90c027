using System.Runtime.InteropServices;
using Operator.Demo;
using Operator.TestKit;

// demo [--once]: with --once it goes through the whole life of a client and ends; else it stays up for trying things by hand.
const int Interrupted = 130;

if (args is not ([] or ["--once"]))
{
    await Console.Error.WriteLineAsync("usage: demo [--once]");
    return 2;
}

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

// The samples are named as from the top of the repository.
Directory.SetCurrentDirectory(Repository.Root);
var story = new Narrator(Console.Out);
await using var stage = new Stage(story);
try
{
    var play = new Play(stage, story);
    await play.CreateAsync(stop.Token);
    if (args is ["--once"])
    {
        await play.RenameAsync(stop.Token);
        await play.RotateAsync(stop.Token);
        await play.DeleteAsync(stop.Token);
        story.Say("The demo went through: create, token, rename, rotate, delete.");
        return 0;
    }

    play.TellHowToGoOn();
    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return Interrupted;
}
catch (Exception exception)
{
    await Console.Error.WriteLineAsync($"\nFAILED at step {story.Step}: {exception.Message}");
    await Console.Error.WriteLineAsync(stage.OperatorLogTail);
    return 1;
}
