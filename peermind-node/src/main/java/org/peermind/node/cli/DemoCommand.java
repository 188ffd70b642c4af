// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.peermind.node.config.ConfigException;
import org.peermind.node.demo.Demo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `peermind demo`: a whole network on this machine.
@Command(
    name = "demo",
    description = "Shows a small network with simulated sun on this machine, until Ctrl-C.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws ConfigException, CommandFailed, InterruptedException {
    try (Demo demo = new Demo(spec.commandLine().getOut(), InstantSource.system())) {
      Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(demo::close));
      demo.run();
      new CountDownLatch(1).await();
      return ExitCode.DONE;
    } catch (IOException failed) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(failed.getMessage()), failed);
    }
  }
}
