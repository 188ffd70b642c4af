// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.peermind.node.config.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/// `peermind`: the one program that every node runs.
@Command(
    name = "peermind",
    description = "A peer-to-peer network for large language models on renewable power.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {
      DemoCommand.class,
      InitCommand.class,
      UpCommand.class,
      InviteCommand.class,
      JoinCommand.class,
      StatusCommand.class,
      AskCommand.class,
      ChatCommand.class,
      ModelCommand.class,
      EngineCommand.class,
      EnergyCommand.class,
      VoteCommand.class,
      LedgerCommand.class,
      FederatedCommand.class,
      DoctorCommand.class,
      HelpCommand.class
    })
public final class Main implements Runnable {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  /// Runs one command and ends the process with its exit code.
  public static void main(String[] arguments) {
    System.exit(
        run(
            new PrintWriter(System.out, true, StandardCharsets.UTF_8),
            new PrintWriter(System.err, true, StandardCharsets.UTF_8),
            arguments));
  }

  /// Runs one command and returns its exit code.
  public static int run(PrintWriter out, PrintWriter err, String... arguments) {
    CommandLine commandLine = new CommandLine(new Main());
    commandLine.setOut(out);
    commandLine.setErr(err);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setExecutionExceptionHandler((failure, line, _) -> report(failure, line));
    return commandLine.execute(arguments);
  }

  private static int report(Exception failure, CommandLine line) throws Exception {
    return switch (failure) {
      case CommandFailed failed -> {
        line.getErr().println(failed.getMessage());
        yield failed.exitCode();
      }
      case ConfigException wrong -> {
        line.getErr().println(wrong.getMessage());
        yield ExitCode.FAILED;
      }
      case InterruptedException _ -> ExitCode.FAILED;
      default -> throw failure;
    };
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /// The version that the build wrote into the jar.
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"peermind " + org.peermind.node.Software.version()};
    }
  }
}
