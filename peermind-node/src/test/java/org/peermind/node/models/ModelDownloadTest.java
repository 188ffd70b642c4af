// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.model.ModelStoreException;
import org.peermind.protocol.ModelHash;

/// Downloads from a server that breaks off, changes its file or sends nonsense.
class ModelDownloadTest {
  private static final String HASH = "ab".repeat(32);

  @TempDir private Path directory;
  private final byte[] content = new byte[300_000];
  private final List<String> ranges = new ArrayList<>();
  private final List<Duration> pauses = new ArrayList<>();
  private HttpServer server;
  private String tag = "\"one\"";
  private int breakOffAt = Integer.MAX_VALUE;
  private int status;

  @BeforeEach
  void start() throws IOException {
    new Random(1).nextBytes(content);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/model.gguf", this::serve);
    server.createContext(
        "/moved",
        exchange -> {
          exchange.getResponseHeaders().set("Location", "/model.gguf");
          exchange.getResponseHeaders().set("X-Linked-ETag", "\"" + HASH + "\"");
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  /// Serves the content or a range of it, and breaks off after `breakOffAt` bytes of the file.
  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      String range = exchange.getRequestHeaders().getFirst("Range");
      synchronized (ranges) {
        ranges.add(String.valueOf(range));
      }
      if (status != 0) {
        exchange.sendResponseHeaders(status, -1);
        return;
      }
      String ifRange = exchange.getRequestHeaders().getFirst("If-Range");
      int from = 0;
      if (range != null && (ifRange == null || ifRange.equals(tag))) {
        from = Integer.parseInt(range.replaceAll("\\D", ""));
      }
      if (tag != null) {
        exchange.getResponseHeaders().set("ETag", tag);
      }
      if (from >= content.length) {
        exchange.getResponseHeaders().set("Content-Range", "bytes */" + content.length);
        exchange.sendResponseHeaders(416, -1);
        return;
      }
      if (from > 0) {
        exchange
            .getResponseHeaders()
            .set(
                "Content-Range",
                "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
      }
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
      int to = Math.min(content.length, Math.max(from, breakOffAt));
      exchange.getResponseBody().write(Arrays.copyOfRange(content, from, to));
      exchange.getResponseBody().flush();
    }
  }

  private URI address(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  private Optional<ModelHash> fetch(String path, Path part, boolean hashKnown) throws Exception {
    // Only the watch of a stall really waits; it is ended by its interruption.
    ModelDownload download =
        new ModelDownload(
            Duration.ofMinutes(5),
            duration -> {
              if (duration.compareTo(Duration.ofMinutes(1)) > 0) {
                new CountDownLatch(1).await();
              }
              synchronized (pauses) {
                pauses.add(duration);
              }
            });
    return download.fetch(address(path), part, hashKnown, _ -> {});
  }

  @Test
  void fetchesAFile_andKeepsNoNoteOfIt() throws Exception {
    Path part = directory.resolve("a.part");

    assertThat(fetch("/model.gguf", part, false)).isEmpty();
    assertThat(part).hasBinaryContent(content);
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(part);
    }
  }

  @Test
  void takesTheHashThatAHubNamesWhereItRedirects() throws Exception {
    assertThat(fetch("/moved", directory.resolve("a.part"), false)).contains(new ModelHash(HASH));
  }

  @Test
  void goesOnWhereItStopped_afterBreakingOffAgainAndAgain() throws Exception {
    Path part = directory.resolve("a.part");
    breakOffAt = 100_000;
    assertThatThrownBy(() -> fetch("/model.gguf", part, false))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining("100,000");

    breakOffAt = Integer.MAX_VALUE;
    ranges.clear();
    fetch("/model.gguf", part, false);
    assertThat(part).hasBinaryContent(content);
    assertThat(ranges).containsExactly("bytes=100000-");
  }

  @Test
  void beginsAnew_whenTheFileIsAnotherOneNow() throws Exception {
    Path part = directory.resolve("a.part");
    breakOffAt = 100_000;
    assertThatThrownBy(() -> fetch("/model.gguf", part, false))
        .isInstanceOf(ModelStoreException.class);

    breakOffAt = Integer.MAX_VALUE;
    tag = "\"two\"";
    content[5] ^= 1;
    fetch("/model.gguf", part, false);
    assertThat(part).hasBinaryContent(content);
  }

  @Test
  void beginsAnew_whenNothingWouldTellTwoVersionsApart() throws Exception {
    Path part = directory.resolve("a.part");
    Files.write(part, new byte[100]);

    fetch("/model.gguf", part, false);
    assertThat(part).hasBinaryContent(content);
    assertThat(ranges).containsExactly("null");
  }

  @Test
  void takesAWholePartAsItIs() throws Exception {
    Path part = directory.resolve("a.part");
    Files.write(part, content);

    fetch("/model.gguf", part, true);
    assertThat(part).hasBinaryContent(content);
  }

  @Test
  void triesAgainWhenTheServerIsBusy_andGivesUpAfterFourTries() {
    status = 503;

    assertThatThrownBy(() -> fetch("/model.gguf", directory.resolve("a.part"), false))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining("503");
    assertThat(ranges).hasSize(4);
    assertThat(pauses)
        .containsExactly(Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(8));
  }

  @Test
  void saysAtOnceThatThereIsNothing() {
    status = 404;

    assertThatThrownBy(() -> fetch("/model.gguf?token=SECRET", directory.resolve("a.part"), false))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining("There is nothing at")
        .hasMessageNotContaining("SECRET");
    assertThat(ranges).hasSize(1);
  }

  @Test
  void refusesPlainHttpFromElsewhere_unlessTheHashIsKnown() throws Exception {
    assertThatThrownBy(() -> ModelDownload.address("http://192.0.2.1/m.gguf", false))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining("--sha256");
    assertThat(ModelDownload.address("http://192.0.2.1/m.gguf", true).getHost())
        .isEqualTo("192.0.2.1");
    for (String wrong : List.of("ftp://a/b", "https:///b", "https://a b/")) {
      assertThatThrownBy(() -> ModelDownload.address(wrong, true))
          .isInstanceOf(ModelStoreException.class);
    }
  }
}
