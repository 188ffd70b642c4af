// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.EngineDevice;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineInfo;
import org.peermind.inference.NativeEngine;
import org.peermind.inference.NativeStore;
import org.peermind.inference.NativeVariant;
import org.peermind.inference.Natives;
import org.peermind.node.NodeNatives;
import org.peermind.node.config.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peermind engine`: the native libraries that models run on.
@Command(
    name = "engine",
    description = "Shows, installs and removes the native libraries that models run on.",
    mixinStandardHelpOptions = true,
    subcommands = {
      EngineCommand.Status.class,
      EngineCommand.Install.class,
      EngineCommand.Remove.class
    })
final class EngineCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private static CommandFailed failed(EngineException why) {
    return new CommandFailed(ExitCode.FAILED, String.valueOf(why.getMessage()), why);
  }

  /// `peermind engine status`: what is used, as its own guards and devices see it.
  @Command(
      name = "status",
      description = "Shows the libraries in use, their guards and what they compute on.",
      mixinStandardHelpOptions = true)
  static final class Status implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Mixin private NativesOption chosen;
    @Spec private CommandSpec spec;

    @Option(names = "--json", description = "Prints the facts as JSON.")
    private boolean json;

    @Override
    public Integer call() throws CommandFailed, ConfigException {
      Natives natives = chosen.choose(home);
      EngineInfo info;
      try {
        info = NativeEngine.open(natives).info();
      } catch (EngineException refused) {
        throw failed(refused);
      }
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(json(natives, info).toPrettyString());
        return ExitCode.DONE;
      }
      line(out, "engine", "%s %s".formatted(info.name(), info.build()));
      line(out, "libraries", natives.text());
      line(out, "library", natives.library().toString());
      line(out, "profile", info.abiProfile());
      info.guards().forEach(guard -> line(out, "guard", guard));
      info.devices().forEach(device -> line(out, "device", device.text()));
      info.notices().forEach(notice -> line(out, "notice", notice));
      return ExitCode.DONE;
    }

    private static void line(PrintWriter out, String label, String value) {
      out.println(
          String.format(Locale.ROOT, "%-10s %s", label, value.replaceAll("\\p{Cntrl}", " ")));
    }

    private static ObjectNode json(Natives natives, EngineInfo info) {
      ObjectNode facts = new ObjectMapper().createObjectNode();
      facts
          .put("engine", info.name())
          .put("build", info.build())
          .put("profile", info.abiProfile())
          .put("source", natives.source().name().toLowerCase(Locale.ROOT))
          .put("variant", natives.variant().map(NativeVariant::text).orElse(null))
          .put("library", natives.library().toString());
      ArrayNode guards = facts.putArray("guards");
      info.guards().forEach(guards::add);
      ArrayNode devices = facts.putArray("devices");
      for (EngineDevice device : info.devices()) {
        devices
            .addObject()
            .put("name", device.name())
            .put("description", device.description())
            .put("kind", device.kind().name().toLowerCase(Locale.ROOT))
            .put("free_bytes", known(device.freeBytes()))
            .put("total_bytes", known(device.totalBytes()));
      }
      ArrayNode notices = facts.putArray("notices");
      info.notices().forEach(notices::add);
      return facts;
    }

    private static @Nullable Long known(OptionalLong bytes) {
      return bytes.isPresent() ? bytes.getAsLong() : null;
    }
  }

  /// `peermind engine install`: current libraries, through the owner's npm or from a file.
  @Command(
      name = "install",
      description = {
        "Installs llama.cpp 0.5.0 for this node, fetched by npm from wherever npm is configured,",
        "or taken from a file or folder. Only the known packages are accepted, by their SHA-512."
      },
      mixinStandardHelpOptions = true)
  static final class Install implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Option(
        names = "--variant",
        paramLabel = "cpu|vulkan|cuda",
        description = "For which devices; default cpu.")
    private @Nullable NativeVariant variant;

    @Option(
        names = "--from",
        paramLabel = "FILE|DIR",
        description = "The package as `npm pack` writes it, or the folder of its libraries.")
    private @Nullable Path from;

    private String shown = "";

    @Override
    public Integer call() throws CommandFailed, ConfigException, InterruptedException {
      home.home().create();
      NativeStore store = NodeNatives.store(home.home());
      try {
        Natives installed =
            from == null
                ? store.installByNpm(variant == null ? NativeVariant.CPU : variant, this::show)
                : store.installFrom(
                    from.toAbsolutePath(), Optional.ofNullable(variant), this::show);
        show("testing the libraries", -1);
        EngineInfo info = NativeEngine.open(installed).info();
        PrintWriter out = spec.commandLine().getOut();
        out.println("Installed %s in %s.".formatted(info.build(), installed.directory()));
        info.devices().forEach(device -> out.println("device     " + device.text()));
        info.notices().forEach(notice -> out.println("notice     " + notice));
        out.println("A node that is running uses it after its next start.");
        return ExitCode.DONE;
      } catch (EngineException refused) {
        throw failed(refused);
      }
    }

    /// A line for each step, and for each tenth of a step whose length is known.
    private void show(String step, double fraction) {
      String line = fraction < 0 ? step : "%s: %d %%".formatted(step, 10 * (int) (10 * fraction));
      if (!line.equals(shown)) {
        shown = line;
        spec.commandLine().getErr().println(line);
      }
    }
  }

  /// `peermind engine remove`: back to the bundled library.
  @Command(
      name = "remove",
      description = "Removes the installed libraries; the node goes back to the bundled one.",
      mixinStandardHelpOptions = true)
  static final class Remove implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws CommandFailed {
      try {
        boolean removed = NodeNatives.store(home.home()).remove();
        spec.commandLine()
            .getOut()
            .println(
                removed
                    ? "Removed; the node uses the bundled library from its next start."
                    : "No libraries were installed.");
        return ExitCode.DONE;
      } catch (EngineException refused) {
        throw failed(refused);
      }
    }
  }
}
