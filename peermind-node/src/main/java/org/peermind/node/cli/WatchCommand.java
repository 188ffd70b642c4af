// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.peermind.node.config.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peermind energy watch`: the site's power flow, live.
@Command(
    name = "watch",
    description = {
      "Shows the site's power flow until Ctrl-C: what the running node sees, or without one what",
      "the configured devices say. What is too old is shown as unknown."
    },
    mixinStandardHelpOptions = true)
final class WatchCommand implements Callable<Integer> {
  private static final Duration PERIOD = Duration.ofSeconds(2);
  private static final Pattern TIME = Pattern.compile("([0-9]{1,6})\\s*(s|min|h)");
  private static final String HIDE_CURSOR = "\u001b[?25l";
  private static final String SHOW_CURSOR = "\u001b[?25h";

  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "Prints one JSON object per line; null means unknown.")
  private boolean json;

  @Option(names = "--once", description = "Ends after one reading.")
  private boolean once;

  @Option(names = "--for", paramLabel = "DURATION", description = "How long, such as 30s or 5min.")
  private @Nullable String time;

  @Override
  public Integer call() throws ConfigException, CommandFailed, InterruptedException {
    Duration length = time == null ? Duration.ofDays(36_500) : duration(time);
    boolean terminal =
        !json && Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    PrintWriter out = spec.commandLine().getOut();
    try (WatchedSite site = WatchedSite.of(home.home(), home.config())) {
      Thread stop = Thread.ofPlatform().name("stop").unstarted(() -> stop(out, terminal));
      Runtime.getRuntime().addShutdownHook(stop);
      try {
        return watch(site, length, terminal, out);
      } finally {
        if (terminal) {
          out.print(SHOW_CURSOR);
          out.flush();
        }
        withdraw(stop);
      }
    }
  }

  /// Ctrl-C is how a person ends this command, so it is no failure.
  private static void stop(PrintWriter out, boolean terminal) {
    if (terminal) {
      out.println(SHOW_CURSOR);
    }
    out.flush();
    Runtime.getRuntime().halt(ExitCode.DONE);
  }

  private static void withdraw(Thread stop) {
    try {
      var _ = Runtime.getRuntime().removeShutdownHook(stop);
    } catch (IllegalStateException ending) {
      // The program is ending already.
    }
  }

  private int watch(WatchedSite site, Duration length, boolean terminal, PrintWriter out)
      throws InterruptedException {
    long end = System.nanoTime() + length.toNanos();
    int drawn = 0;
    boolean known = false;
    while (true) {
      PowerFlow flow = site.now();
      known = !flow.quality().equals("unknown");
      if (terminal && !once) {
        drawn = draw(out, flow.picture(), drawn);
      } else if (json) {
        out.println(flow.json());
      } else if (once) {
        flow.picture().forEach(out::println);
      } else {
        out.println(flow.line());
      }
      out.flush();
      long left = end - System.nanoTime();
      if (once || out.checkError() || left <= 0) {
        return once && !known ? ExitCode.FAILED : ExitCode.DONE;
      }
      TimeUnit.NANOSECONDS.sleep(Math.min(left, PERIOD.toNanos()));
    }
  }

  /// Draws over what was drawn before.
  private static int draw(PrintWriter out, List<String> lines, int before) {
    out.print(HIDE_CURSOR);
    if (before > 0) {
      out.print("\r\u001b[%dA\u001b[J".formatted(before));
    }
    // A line that wraps would shift the picture.
    lines.forEach(line -> out.println(line.length() <= 79 ? line : line.substring(0, 76) + "..."));
    return lines.size();
  }

  /// @throws CommandFailed when `text` is no time
  static Duration duration(String text) throws CommandFailed {
    Matcher matcher = TIME.matcher(text.strip());
    if (!matcher.matches() || Long.parseLong(matcher.group(1)) == 0) {
      throw new CommandFailed(ExitCode.WRONG_USAGE, "--for takes a time such as 30s, 5min or 2h.");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(number);
      case "min" -> Duration.ofMinutes(number);
      default -> Duration.ofHours(number);
    };
  }
}
