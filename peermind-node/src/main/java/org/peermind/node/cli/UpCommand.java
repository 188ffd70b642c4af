// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.peermind.node.NodeAssembly;
import org.peermind.node.RunningNode;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peermind up`: runs the node until it is told to stop.
@Command(name = "up", description = "Runs the node until Ctrl-C.", mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
  @Mixin private HomeOption home;
  @Mixin private NativesOption natives;
  @Spec private CommandSpec spec;

  @Option(
      names = "--while-input-open",
      hidden = true,
      description = "Ends when standard input closes, so that a parent that dies takes it along.")
  private boolean whileInputOpen;

  @Override
  public Integer call() throws ConfigException, InterruptedException {
    CountDownLatch stopped = new CountDownLatch(1);
    NodeConfig config = home.config();
    RunningNode node =
        NodeAssembly.start(home.home(), config.withNatives(natives.over(config.natives())));
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("stop")
                .unstarted(
                    () -> {
                      node.close();
                      stopped.countDown();
                    }));
    if (whileInputOpen) {
      Thread.ofPlatform().name("input").daemon().start(UpCommand::endWithInput);
    }
    spec.commandLine().getOut().println("API http://" + node.apiAddress() + "/v1");
    stopped.await();
    return ExitCode.DONE;
  }

  private static void endWithInput() {
    try {
      while (System.in.read() >= 0) {
        // Nothing is expected; only the end counts.
      }
    } catch (IOException closed) {
      // An input that cannot be read any more has ended too.
    }
    System.exit(ExitCode.DONE);
  }
}
