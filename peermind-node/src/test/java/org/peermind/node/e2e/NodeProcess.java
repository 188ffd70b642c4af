// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.peermind.testkit.Await;

/// One `peermind` process of a test, with everything that it printed. Its temporary and working
/// directories are its own, so that a test can look at what it left there.
final class NodeProcess implements AutoCloseable {
  /// Generous, because two cores may be shared with a whole build.
  static final Duration START_PATIENCE = Duration.ofSeconds(60);

  private static final Duration STOP_PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String API_PREFIX = "API ";

  private final String name;
  private final Process process;
  private final List<String> out = new ArrayList<>();
  private final List<String> err = new ArrayList<>();
  private final List<JsonNode> events = new ArrayList<>();
  private final List<Thread> readers;

  private NodeProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    this.readers =
        List.of(
            read(process.getInputStream(), this::tookOutput),
            read(process.getErrorStream(), this::tookLog));
  }

  /// Starts `peermind` with `arguments`.
  ///
  /// @param scratch where its working and temporary directories are made
  static NodeProcess start(
      String name, Path scratch, List<String> javaOptions, List<String> arguments) {
    try {
      Path work = Files.createDirectories(scratch.resolve(name).resolve("work"));
      Path temporary = Files.createDirectories(scratch.resolve(name).resolve("tmp"));
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(
          List.of(
              "-Xmx160m",
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-XX:-UsePerfData",
              "-XX:-CreateCoredumpOnCrash",
              "-XX:ErrorFile=/dev/null",
              "-XX:-DumpReplayDataOnError",
              "-XX:+DisplayVMOutputToStderr",
              "--enable-native-access=ALL-UNNAMED",
              "--sun-misc-unsafe-memory-access=allow",
              "-Djava.io.tmpdir=" + temporary));
      command.addAll(javaOptions);
      command.addAll(
          List.of("-cp", System.getProperty("java.class.path"), "org.peermind.node.cli.Main"));
      command.addAll(arguments);
      ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile());
      builder
          .environment()
          .keySet()
          .removeIf(key -> key.startsWith("PEERMIND_") || key.equals("JAVA_TOOL_OPTIONS"));
      return new NodeProcess(name, builder.start());
    } catch (IOException unstartable) {
      throw new UncheckedIOException(unstartable);
    }
  }

  @FunctionalInterface
  private interface LineReader {
    void line(String line);
  }

  private static Thread read(InputStream stream, LineReader reader) {
    return Thread.ofVirtual()
        .start(
            () -> {
              try (BufferedReader lines =
                  new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                  reader.line(line);
                }
              } catch (IOException ended) {
                reader.line("(the stream broke: " + ended.getMessage() + ")");
              }
            });
  }

  private void tookOutput(String line) {
    synchronized (out) {
      out.add(line);
    }
  }

  private void tookLog(String line) {
    synchronized (err) {
      err.add(line);
    }
    try {
      JsonNode event = JSON.readTree(line);
      synchronized (events) {
        events.add(event);
      }
    } catch (JsonProcessingException notAnEvent) {
      // A sentence for a person; it is in `err`.
    }
  }

  String name() {
    return name;
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  List<String> out() {
    synchronized (out) {
      return List.copyOf(out);
    }
  }

  List<String> err() {
    synchronized (err) {
      return List.copyOf(err);
    }
  }

  /// Events of this name so far, oldest first.
  List<JsonNode> events(String event) {
    synchronized (events) {
      return events.stream().filter(line -> line.path("event").asText().equals(event)).toList();
    }
  }

  Optional<JsonNode> event(String event, Predicate<JsonNode> which) {
    return events(event).stream().filter(which).findFirst();
  }

  /// The base URL without `/v1`, once the API listens.
  String base() {
    Await.until(
        name + " to print the address of its API",
        START_PATIENCE,
        () -> !isAlive() || apiLine().isPresent());
    return apiLine()
        .orElseThrow(() -> new AssertionError(name + " did not start: " + err()))
        .substring(API_PREFIX.length())
        .replaceFirst("/v1.*$", "");
  }

  private Optional<String> apiLine() {
    return out().stream().filter(line -> line.startsWith(API_PREFIX)).findFirst();
  }

  /// Waits until it ends by itself and returns its exit code; everything it printed is here then.
  int exitCode(Duration patience) {
    try {
      if (!process.waitFor(patience)) {
        throw new AssertionError(name + " still runs after " + patience);
      }
      for (Thread reader : readers) {
        reader.join(patience);
      }
      return process.exitValue();
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
      throw new AssertionError(name + " was not waited for", hurry);
    }
  }

  /// Kills it as a power cut would (-9); returns when it is gone.
  void kill() {
    process.destroyForcibly();
    exitCode(STOP_PATIENCE);
  }

  /// Sends a signal by its name, such as STOP, CONT or INT.
  void signal(String signal) {
    Signals.send(signal, pid());
  }

  /// Asks it to stop; kills it when it does not, and says so.
  @Override
  public void close() {
    if (!process.isAlive()) {
      return;
    }
    Signals.send("CONT", pid());
    process.destroy();
    try {
      if (!process.waitFor(STOP_PATIENCE)) {
        process.destroyForcibly();
        throw new AssertionError(name + " did not stop within " + STOP_PATIENCE);
      }
    } catch (InterruptedException hurry) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
