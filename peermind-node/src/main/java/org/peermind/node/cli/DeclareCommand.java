// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.Declaration;
import org.peermind.energy.Declaration.What;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SourceKind;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `peermind energy declare`: an owner without a meter says what power there is.
@Command(
    name = "declare",
    description = {
      "Says what renewable power there is for the model, for who has no meter (adapter: manual).",
      "It holds for 12 hours at most; a running node takes it at its next look. Others are served",
      "with it only where their network gives declared power a share."
    },
    mixinStandardHelpOptions = true)
final class DeclareCommand implements Callable<Integer> {
  private static final String ADAPTER = "manual";
  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("EEE HH:mm:ss", Locale.ROOT);

  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "POWER",
      description = "What the model may draw, such as 400W or 1.5kW.")
  private @Nullable String power;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description = "How long, such as 4h or 90min; at most 12h. Default 12h with --schedule.")
  private @Nullable String time;

  @Option(
      names = "--source",
      paramLabel = "SOURCE",
      description = "pv, wind or hydro; by default that of the configuration, or pv.")
  private @Nullable String source;

  @Option(names = "--schedule", description = "Confirms the schedule of the configuration.")
  private boolean schedule;

  @Option(names = "--off", description = "Ends the declaration; the model is unloaded.")
  private boolean off;

  @Override
  public Integer call() throws CommandFailed, ConfigException {
    NodeHome node = home.home();
    if (off) {
      if (power != null || time != null || source != null || schedule) {
        throw new CommandFailed(ExitCode.WRONG_USAGE, "--off stands alone.");
      }
      boolean declared = Files.exists(node.declarationFile());
      node.remove(node.declarationFile());
      print(declared ? "The declaration is ended." : "Nothing was declared.");
      return ExitCode.DONE;
    }
    Map<?, ?> manual = manual(home.config());
    Instant now = InstantSource.system().instant();
    Declaration declaration = declaration(manual, now);
    node.write(node.declarationFile(), declaration.text());
    print(sentence(declaration));
    return ExitCode.DONE;
  }

  /// The section of the adapter, which this node must use.
  private static Map<?, ?> manual(NodeConfig config) throws CommandFailed {
    Object adapter = config.energy().get("adapter");
    if (!ADAPTER.equals(adapter)) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "A declaration counts only with `energy: {adapter: manual}` in the configuration; this"
              + " node has the adapter '%s'.".formatted(adapter == null ? "simulated" : adapter));
    }
    return config.energy().get(ADAPTER) instanceof Map<?, ?> section ? section : Map.of();
  }

  private Declaration declaration(Map<?, ?> manual, Instant now) throws CommandFailed {
    try {
      if (schedule) {
        if (power != null || source != null) {
          throw usage("--schedule takes power and source from the configuration.");
        }
        if (!manual.containsKey("schedule")) {
          throw new CommandFailed(
              ExitCode.FAILED, "The configuration has no energy.manual.schedule to confirm.");
        }
        Duration holds = time == null ? Declaration.LONGEST : Declaration.duration(time);
        return new Declaration(new What.Scheduled(), now, now.plus(holds));
      }
      if (power == null || time == null) {
        throw usage(
            "Say how much and for how long, as in `peermind energy declare 400W --for 4h`, or"
                + " --schedule, or --off.");
      }
      long watts = Declaration.watts(power);
      Duration holds = Declaration.duration(time);
      Object configured = manual.get("source");
      SourceKind kind =
          Declaration.source(
              source != null ? source : configured == null ? "pv" : configured.toString());
      return new Declaration(new What.HandSet(watts, kind), now, now.plus(holds));
    } catch (SettingsException wrong) {
      throw new CommandFailed(ExitCode.WRONG_USAGE, String.valueOf(wrong.getMessage()), wrong);
    }
  }

  private static CommandFailed usage(String sentence) {
    return new CommandFailed(ExitCode.WRONG_USAGE, sentence);
  }

  private static String sentence(Declaration declaration) {
    String until = CLOCK.format(declaration.until().atZone(ZoneId.systemDefault()));
    return switch (declaration.what()) {
      case What.HandSet(long watts, SourceKind kind) ->
          "Declared: %d W of %s until %s."
              .formatted(watts, kind.name().toLowerCase(Locale.ROOT), until);
      case What.Scheduled() -> "The schedule is confirmed until %s.".formatted(until);
    };
  }

  private void print(String sentence) {
    spec.commandLine().getOut().println(sentence);
  }
}
