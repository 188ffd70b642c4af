// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.DeviceRecorder;
import org.peermind.energy.DeviceRecorder.Outcome;
import org.peermind.energy.spi.SettingsException;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peermind energy record`: answers of the owner's devices for a bug report.
@Command(
    name = "record",
    description = {
      "Asks the configured devices and writes their answers for a bug report, in the form that",
      "'peermind energy decode' reads. Numbers of devices, addresses, names, passwords and places",
      "are replaced by others of the same shape; what cannot be replaced for sure is not written."
    },
    mixinStandardHelpOptions = true)
final class RecordCommand implements Callable<Integer> {
  private static final Duration PERIOD = Duration.ofSeconds(10);
  private static final Duration LONGEST = Duration.ofHours(1);

  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "A new directory for the recording; default peermind-recording.")
  private Path output = Path.of("peermind-recording");

  @Option(
      names = "--for",
      paramLabel = "DURATION",
      description = "Asks every 10 s for so long, at most 1h; default once.")
  private @Nullable String time;

  @Option(names = "--force", description = "Writes over the files of an earlier recording.")
  private boolean force;

  @Override
  public Integer call() throws ConfigException, CommandFailed, InterruptedException {
    Duration length = time == null ? Duration.ZERO : WatchCommand.duration(time);
    if (length.compareTo(LONGEST) > 0) {
      throw new CommandFailed(ExitCode.WRONG_USAGE, "--for takes at most 1h.");
    }
    NodeConfig config = home.config();
    if (!(config.energy().get("adapter") instanceof String adapter)
        || !(config.energy().get(adapter) instanceof Map<?, ?> section)) {
      throw new CommandFailed(
          ExitCode.FAILED, "The configuration names no energy device; there is nothing to record.");
    }
    Map<String, Object> settings = new LinkedHashMap<>();
    section.forEach((key, value) -> settings.put(String.valueOf(key), value));
    prepare();
    DeviceRecorder recorder =
        new DeviceRecorder(
            home.home().profilesDirectory(),
            home.home().directory(),
            InstantSource.system(),
            new SecureRandom());
    long end = System.nanoTime() + length.toNanos();
    int written = 0;
    int round = 1;
    try {
      while (true) {
        written += write(recorder.record(adapter, settings), round);
        long left = end - System.nanoTime();
        if (left <= 0) {
          return written > 0 ? ExitCode.DONE : ExitCode.FAILED;
        }
        round++;
        TimeUnit.NANOSECONDS.sleep(Math.min(left, PERIOD.toNanos()));
      }
    } catch (SettingsException wrong) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(wrong.getMessage()), wrong);
    } catch (IOException unwritable) {
      throw new CommandFailed(ExitCode.FAILED, output + " cannot be written.", unwritable);
    }
  }

  private void prepare() throws CommandFailed {
    try {
      if (Files.exists(output)) {
        try (Stream<Path> files = Files.list(output)) {
          if (!force && files.findAny().isPresent()) {
            throw new CommandFailed(
                ExitCode.FAILED,
                output + " holds files already; name another directory with -o, or use --force.");
          }
        }
      } else {
        Files.createDirectories(output, only("rwx------"));
      }
    } catch (IOException unwritable) {
      throw new CommandFailed(ExitCode.FAILED, output + " cannot be written.", unwritable);
    }
  }

  private static FileAttribute<?>[] only(String permissions) {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  private int write(List<Outcome> outcomes, int round) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    int written = 0;
    ArrayNode manifest = new ObjectMapper().createArrayNode();
    for (int i = 0; i < outcomes.size(); i++) {
      switch (outcomes.get(i)) {
        case Outcome.Refused(String profile, String sentence) ->
            spec.commandLine().getErr().println(profile + ": " + sentence);
        case Outcome.Recorded recorded -> {
          ObjectNode device = manifest.addObject();
          device.put("profile", recorded.profile()).put("role", recorded.role());
          device.set("reading", new ObjectMapper().valueToTree(recorded.reading()));
          ObjectNode files = device.putObject("answers");
          for (Map.Entry<String, String> answer : recorded.answers().entrySet()) {
            String name = "%02d-device-%d-%s.json".formatted(round, i + 1, answer.getKey());
            write(output.resolve(name), answer.getValue());
            files.put(answer.getKey(), name);
            written++;
          }
          out.println(
              "%s: %s. Replaced: %s."
                  .formatted(
                      recorded.profile(),
                      PowerWords.of(recorded.reading()),
                      recorded.replaced().isEmpty()
                          ? "nothing"
                          : String.join(", ", recorded.replaced())));
        }
      }
    }
    if (written > 0) {
      write(output.resolve("%02d-recording.json".formatted(round)), manifest.toPrettyString());
      out.println(
          "%d answers are in %s; look at them before you send them.".formatted(written, output));
    }
    return written;
  }

  private void write(Path file, String text) throws IOException {
    if (force) {
      Files.deleteIfExists(file); // so that its mode is ours
    }
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            only("rw-------"))) {
      ByteBuffer bytes = ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        var _ = channel.write(bytes);
      }
    }
  }
}
