// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.peermind.node.config.NodeHome;

/// A node of the demo as a process of its own, exactly as `peermind up` runs it. It ends when its
/// standard input closes, so that even a killed demo leaves nothing behind.
final class DemoProcess implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String API_PREFIX = "API ";
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(8);
  private static final String MAIN_CLASS = "org.peermind.node.cli.Main";

  private final DemoSite site;
  private final Process process;
  private final CompletableFuture<String> api = new CompletableFuture<>();
  private final List<String> lastLines = new ArrayList<>();

  private DemoProcess(DemoSite site, Process process) {
    this.site = site;
    this.process = process;
  }

  /// @param onEvent told of every event in the node's log, on a thread of this process
  static DemoProcess start(DemoSite site, NodeHome home, BiConsumer<DemoSite, JsonNode> onEvent)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx160m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            // As in `./peermind`: what a prompt could leak into when a process crashes.
            "-XX:-UsePerfData",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=/dev/null",
            "-XX:-DumpReplayDataOnError",
            "-XX:+DisplayVMOutputToStderr",
            "-XX:ErrorFile=/dev/null",
            "-XX:-DumpReplayDataOnError",
            "-XX:-HeapDumpOnOutOfMemoryError",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            MAIN_CLASS,
            "up",
            "--while-input-open",
            "--home",
            home.directory().toString()));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("PEERMIND_"));
    Process process = builder.start();
    DemoProcess demo = new DemoProcess(site, process);
    demo.read("out", process.getInputStream(), line -> demo.output(line));
    demo.read("log", process.getErrorStream(), line -> demo.log(line, onEvent));
    return demo;
  }

  @FunctionalInterface
  private interface LineReader {
    void line(String line);
  }

  private void read(String what, InputStream stream, LineReader reader) {
    Thread.ofVirtual()
        .name(site.label() + "-" + what)
        .start(
            () -> {
              try (BufferedReader lines =
                  new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                  reader.line(line);
                }
              } catch (IOException ended) {
                // The process is gone; whoever waits for it learns so from its exit.
              }
              api.completeExceptionally(new IOException("the process ended"));
            });
  }

  private void output(String line) {
    if (line.startsWith(API_PREFIX)) {
      api.complete(line.substring(API_PREFIX.length()));
    }
  }

  private void log(String line, BiConsumer<DemoSite, JsonNode> onEvent) {
    JsonNode event;
    try {
      event = JSON.readTree(line);
    } catch (JsonProcessingException notAnEvent) {
      synchronized (lastLines) {
        lastLines.add(line);
      }
      return;
    }
    onEvent.accept(site, event);
  }

  /// The node's API, once it listens.
  ///
  /// @throws IOException with the node's own words when it does not start
  String apiUrl(Duration patience) throws IOException, InterruptedException {
    try {
      return api.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException failed) {
      synchronized (lastLines) {
        throw new IOException(
            "The "
                + site.label()
                + " did not start"
                + Optional.of(String.join(" ", lastLines))
                    .filter(text -> !text.isBlank())
                    .map(text -> ": " + text)
                    .orElse("."),
            failed);
      }
    }
  }

  /// Asks the process to stop and waits for it; kills it when it does not.
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_PATIENCE)) {
        process.destroyForcibly().waitFor(STOP_PATIENCE);
      }
    } catch (InterruptedException hurry) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }
}
