namespace Operator.Hosting;

/// <summary>A setting is wrong; the message names it, its value and what to write instead.</summary>
internal sealed class InvalidSettingException(string message) : Exception(message);
