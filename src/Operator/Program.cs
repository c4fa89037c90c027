// The reconcilers are not part of the executable yet: it must not look as if it worked.
await Console.Error.WriteLineAsync("operator: this version has nothing to run yet");
return 1;
