using Carto.Emulator;

return await EmulatorCommand.Create().Parse(args).InvokeAsync();
