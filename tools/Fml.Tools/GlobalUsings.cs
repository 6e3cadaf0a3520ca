// In this program a command is a verb of the command line, not an instruction to a device.
global using Command = System.CommandLine.Command;
