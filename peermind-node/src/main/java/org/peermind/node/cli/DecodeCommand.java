// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.Profiles;
import org.peermind.energy.spi.DeviceRole;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `peermind energy decode`: what a recorded answer means, without any device.
@Command(
    name = "decode",
    description = {
      "Reads a recorded answer of a device and prints what it means as one JSON object;",
      "null means unknown. Powers are in watts: grid_power_w is positive on import,",
      "battery_power_w while charging. Exits with 1 when no reading results."
    },
    mixinStandardHelpOptions = true)
final class DecodeCommand implements Callable<Integer> {
  private static final int FILE_BYTES_MAX = 4 << 20;

  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      required = true,
      description =
          "The kind of answer, such as fronius-solarapi-powerflow;"
              + " 'peermind energy adapters --json' lists them.")
  private String profile;

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      description = "What the device stands for: site, grid, pv, battery, load, ups or engine.")
  private @Nullable String role;

  @Option(
      names = "--option",
      paramLabel = "NAME=VALUE",
      description = "An option of the profile, such as channel=1.")
  private Map<String, String> options = new LinkedHashMap<>();

  @Option(
      names = "--with",
      paramLabel = "ALIAS=FILE",
      description = "Another answer of the same device that this one needs.")
  private Map<String, Path> others = new LinkedHashMap<>();

  @Option(
      names = "--meter-types",
      paramLabel = "FILE|EID=TYPE,...",
      description = "For Enphase readings: the answer of /ivp/meters, or pairs of number and type.")
  private @Nullable String meterTypes;

  @Option(
      names = "--profiles",
      paramLabel = "DIR",
      description = "Reads your own profiles from here instead of the node's directory.")
  private @Nullable Path directory;

  @Parameters(paramLabel = "FILE", description = "The recorded answer.")
  private Path file;

  @Override
  public Integer call() throws CommandFailed {
    @Nullable DeviceRole chosen = null;
    if (role != null) {
      chosen =
          DeviceRole.of(role)
              .orElseThrow(
                  () ->
                      new CommandFailed(
                          ExitCode.WRONG_USAGE,
                          "--role must be site, grid, pv, battery, load, ups or engine, not '%s'."
                              .formatted(role)));
    }
    Map<String, String> texts = new LinkedHashMap<>();
    for (Map.Entry<String, Path> other : others.entrySet()) {
      texts.put(other.getKey(), text(other.getValue()));
    }
    if (meterTypes != null) {
      texts.put("meters", meterTypes(meterTypes));
    }
    Profiles profiles = EnergyCommand.profiles(home.home(), directory);
    return switch (profiles.decode(profile, chosen, text(file), options, texts)) {
      case Profiles.Decoding.Read(var _, var report) -> {
        print(report);
        yield ExitCode.DONE;
      }
      case Profiles.Decoding.Refused(String sentence) ->
          throw new CommandFailed(ExitCode.FAILED, sentence);
    };
  }

  private void print(Map<String, @Nullable Object> report) throws CommandFailed {
    try {
      spec.commandLine().getOut().println(new ObjectMapper().writeValueAsString(report));
    } catch (JsonProcessingException bug) {
      throw new CommandFailed(ExitCode.FAILED, "The reading cannot be written as JSON.", bug);
    }
  }

  private static String meterTypes(String given) throws CommandFailed {
    Path path = Path.of(given);
    if (!given.contains("=") || Files.exists(path)) {
      return text(path);
    }
    ArrayNode meters = new ObjectMapper().createArrayNode();
    for (String pair : given.split(",", -1)) {
      String[] parts = pair.split("=", 2);
      if (parts.length != 2 || !parts[0].matches("[0-9]{1,18}")) {
        throw new CommandFailed(
            ExitCode.WRONG_USAGE,
            "--meter-types takes a file or pairs such as 704643328=production, not '%s'."
                .formatted(pair));
      }
      meters
          .addObject()
          .put("eid", Long.parseLong(parts[0]))
          .put("state", "enabled")
          .put("measurementType", parts[1]);
    }
    return meters.toString();
  }

  private static String text(Path path) throws CommandFailed {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(FILE_BYTES_MAX + 1);
      if (bytes.length > FILE_BYTES_MAX) {
        throw new CommandFailed(
            ExitCode.FAILED, path + " is longer than 4 MiB; it is no answer of a device.");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (NoSuchFileException missing) {
      throw new CommandFailed(ExitCode.FAILED, path + " is not there; check the path.", missing);
    } catch (IOException unreadable) {
      throw new CommandFailed(ExitCode.FAILED, path + " cannot be read.", unreadable);
    }
  }
}
