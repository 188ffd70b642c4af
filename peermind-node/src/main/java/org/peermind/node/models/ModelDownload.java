// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.peermind.model.ModelStoreException;
import org.peermind.protocol.ModelHash;

/// Fetches one file into a part of the model store. An interrupted download goes on where it
/// stopped (RFC 9110 section 14), if the server says by a validator that the file is still the same
/// or the hash that it must have is known; else it begins anew.
public final class ModelDownload {
  /// No model that a machine of today can run is larger.
  public static final long BYTES_MAX = 2L << 40;

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration HEADERS_TIMEOUT = Duration.ofSeconds(60);
  private static final int FAILURES_WITHOUT_PROGRESS_MAX = 4;
  private static final int CHUNK_BYTES = 1 << 16;
  private static final int VALIDATOR_CHARACTERS_MAX = 256;
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-\\d+/(\\d{1,18}|\\*)");
  private static final Pattern UNSATISFIED = Pattern.compile("bytes \\*/(\\d{1,18})");
  private static final Pattern HASH = Pattern.compile("\"?(?:sha256:)?([0-9a-f]{64})\"?");

  private static final List<String> HASH_HEADERS = List.of("X-Linked-ETag", "X-Checksum-Sha256");

  private final HttpClient http;
  private final Duration stallAfter;
  private final Pause pause;

  /// How far a download is.
  ///
  /// @param total bytes of the whole, if the server tells
  public record Progress(long bytes, OptionalLong total) {}

  /// Waits before another try; a parameter so that tests need not.
  @FunctionalInterface
  public interface Pause {
    void of(Duration duration) throws InterruptedException;
  }

  /// @param stallAfter silence of the server that ends a connection; the download goes on over
  ///   another one
  public ModelDownload(Duration stallAfter, Pause pause) {
    this.stallAfter = stallAfter;
    this.pause = pause;
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
  }

  /// Checks an address that a person gave.
  ///
  /// @param hashKnown plain HTTP to another machine is good enough only then, since anybody on the
  ///   way may change what comes
  public static URI address(String text, boolean hashKnown) throws ModelStoreException {
    URI address;
    try {
      address = new URI(text);
    } catch (URISyntaxException malformed) {
      throw new ModelStoreException("The address of the model is malformed.", malformed);
    }
    String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
    if (address.getHost() == null || !(scheme.equals("https") || scheme.equals("http"))) {
      throw new ModelStoreException("A model comes from a file or an https:// address.");
    }
    if (scheme.equals("http") && !hashKnown && !isLoopback(address.getHost())) {
      throw new ModelStoreException(
          "Over plain http anybody on the way can change the model; use https, or say by --sha256"
              + " what it must be.");
    }
    return address;
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException unknown) {
      return false;
    }
  }

  /// The address as it may be kept and shown: without user, password and query, which may hold a
  /// secret.
  public static String shown(URI address) {
    return "%s://%s%s%s"
        .formatted(
            address.getScheme(),
            address.getHost(),
            address.getPort() < 0 ? "" : ":" + address.getPort(),
            address.getRawPath() == null ? "" : address.getRawPath());
  }

  /// Fetches the file; returns the hash that the server claims for it, if it names one.
  ///
  /// @param part what is there of an earlier try
  /// @param hashKnown whether a mixture of two versions would be noticed
  /// @throws ModelStoreException with one sentence; the part stays, for the next try
  public Optional<ModelHash> fetch(
      URI address, Path part, boolean hashKnown, Consumer<Progress> progress)
      throws ModelStoreException, InterruptedException {
    int failures = 0;
    while (true) {
      long before = sizeOf(part);
      try {
        return attempt(address, part, hashKnown, progress);
      } catch (IOException broken) {
        failures = sizeOf(part) > before ? 0 : failures + 1;
        if (failures >= FAILURES_WITHOUT_PROGRESS_MAX) {
          throw new ModelStoreException(
              "The download of %s broke off (%s); run the command again to go on at byte %,d."
                  .formatted(shown(address), reason(broken), sizeOf(part)),
              broken);
        }
        pause.of(Duration.ofSeconds(1L << failures));
      }
    }
  }

  private static String reason(IOException broken) {
    return broken.getMessage() == null ? broken.getClass().getSimpleName() : broken.getMessage();
  }

  private Optional<ModelHash> attempt(
      URI address, Path part, boolean hashKnown, Consumer<Progress> progress)
      throws IOException, ModelStoreException, InterruptedException {
    Path validatorFile = part.resolveSibling(part.getFileName() + ".validator");
    Optional<String> validator = readValidator(validatorFile);
    long have = validator.isPresent() || hashKnown ? sizeOf(part) : 0;
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .timeout(HEADERS_TIMEOUT)
            .header("Accept-Encoding", "identity");
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
      validator.ifPresent(known -> request.header("If-Range", known));
    }
    HttpResponse<InputStream> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      switch (response.statusCode()) {
        case 200 -> receive(response, body, part, 0, validatorFile, progress);
        case 206 -> receive(response, body, part, have, validatorFile, progress);
        case 416 -> {
          if (!isWhole(response, have)) {
            Files.deleteIfExists(part);
            Files.deleteIfExists(validatorFile);
            throw new IOException("the file is another one now");
          }
        }
        default -> refuse(address, response.statusCode());
      }
      Files.deleteIfExists(validatorFile);
      return claimedHash(response);
    }
  }

  private static void refuse(URI address, int status) throws IOException, ModelStoreException {
    if (status == 408 || status == 429 || status >= 500) {
      throw new IOException("the server answered with status " + status);
    }
    throw new ModelStoreException(
        switch (status) {
          case 401, 403 -> shown(address) + " may not be read without an account there.";
          case 404, 410 -> "There is nothing at " + shown(address) + ".";
          default -> shown(address) + " answered with the status " + status + ".";
        });
  }

  private void receive(
      HttpResponse<InputStream> response,
      InputStream body,
      Path part,
      long from,
      Path validatorFile,
      Consumer<Progress> progress)
      throws IOException, ModelStoreException, InterruptedException {
    OptionalLong length = response.headers().firstValueAsLong("Content-Length");
    OptionalLong total = length.isPresent() ? OptionalLong.of(from + length.getAsLong()) : length;
    if (response.statusCode() == 206) {
      Matcher range =
          CONTENT_RANGE.matcher(response.headers().firstValue("Content-Range").orElse(""));
      if (!range.matches() || Long.parseLong(range.group(1)) != from) {
        Files.deleteIfExists(part);
        throw new IOException("the server sent another part than was asked for");
      }
    }
    checkRoom(part, total, from);
    writeValidator(validatorFile, response);
    AtomicLong bytes = new AtomicLong(from);
    Thread watch = Thread.ofVirtual().name("download-watch").start(() -> watch(bytes, body));
    try (OutputStream out = open(part, from)) {
      byte[] chunk = new byte[CHUNK_BYTES];
      for (int read = body.read(chunk); read >= 0; read = body.read(chunk)) {
        out.write(chunk, 0, read);
        if (bytes.addAndGet(read) > BYTES_MAX) {
          throw new ModelStoreException("The server sends more than any model has.");
        }
        progress.accept(new Progress(bytes.get(), total));
        if (Thread.interrupted()) {
          throw new InterruptedException("The download was interrupted");
        }
      }
    } finally {
      watch.interrupt();
    }
    if (total.isPresent() && bytes.get() != total.getAsLong()) {
      throw new IOException("the server sent less than it announced");
    }
  }

  private static OutputStream open(Path part, long from) throws IOException {
    return from == 0
        ? Files.newOutputStream(part)
        : Files.newOutputStream(part, StandardOpenOption.APPEND);
  }

  /// Ends the connection when nothing came for too long.
  private void watch(AtomicLong bytes, InputStream body) {
    try {
      long last = -1;
      while (bytes.get() != last) {
        last = bytes.get();
        pause.of(stallAfter);
      }
      body.close();
    } catch (InterruptedException | IOException over) {
      // The download is over, one way or the other.
    }
  }

  private static void checkRoom(Path part, OptionalLong total, long from)
      throws IOException, ModelStoreException {
    long needed = total.orElse(from) - from;
    long room = Files.getFileStore(part.toAbsolutePath().getParent()).getUsableSpace();
    if (needed > room) {
      throw new ModelStoreException(
          "The model needs %,d more bytes, and the disk of %s has %,d."
              .formatted(needed, part.getParent(), room));
    }
  }

  private static boolean isWhole(HttpResponse<?> response, long have) {
    Matcher unsatisfied =
        UNSATISFIED.matcher(response.headers().firstValue("Content-Range").orElse(""));
    return have > 0 && unsatisfied.matches() && Long.parseLong(unsatisfied.group(1)) == have;
  }

  /// Hubs name the SHA-256 of large files in a header of their own, of the answer that redirects.
  private static Optional<ModelHash> claimedHash(HttpResponse<?> last) {
    Optional<? extends HttpResponse<?>> response = Optional.of(last);
    while (response.isPresent()) {
      for (String name : HASH_HEADERS) {
        Matcher hash = HASH.matcher(response.get().headers().firstValue(name).orElse(""));
        if (hash.matches()) {
          return Optional.of(new ModelHash(hash.group(1)));
        }
      }
      response = response.get().previousResponse();
    }
    return Optional.empty();
  }

  private static Optional<String> readValidator(Path file) throws IOException {
    if (!Files.exists(file) || Files.size(file) > VALIDATOR_CHARACTERS_MAX) {
      return Optional.empty();
    }
    return Optional.of(Files.readString(file, StandardCharsets.US_ASCII)).filter(v -> !v.isBlank());
  }

  /// Keeps what tells this version of the file from others: a strong entity tag or the time of its
  /// last change.
  private static void writeValidator(Path file, HttpResponse<?> response) throws IOException {
    Optional<String> validator =
        response
            .headers()
            .firstValue("ETag")
            .filter(tag -> tag.startsWith("\""))
            .or(() -> response.headers().firstValue("Last-Modified"))
            .filter(text -> text.length() <= VALIDATOR_CHARACTERS_MAX);
    if (validator.isPresent()) {
      Files.writeString(file, validator.get(), StandardCharsets.US_ASCII);
    } else {
      Files.deleteIfExists(file);
    }
  }

  private static long sizeOf(Path part) throws ModelStoreException {
    try {
      return Files.exists(part) ? Files.size(part) : 0;
    } catch (IOException unreadable) {
      throw new ModelStoreException(
          "%s cannot be read (%s).".formatted(part, unreadable.getMessage()), unreadable);
    }
  }
}
