return Fml.Tools.FmlCommand.Run(args, Fml.Tools.Terminal.OfProcess());
