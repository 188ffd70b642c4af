// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.process;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.peermind.inference.EngineException;
import org.peermind.inference.Natives;
import org.peermind.inference.child.EngineChild;
import org.peermind.inference.internal.link.Link;
import org.peermind.inference.internal.link.LinkMessage;
import org.peermind.inference.internal.natives.NativeDigests;
import org.peermind.model.GgufWriter;
import org.peermind.protocol.ModelHash;

/// One child process of the engine and the link to it.
///
/// The link is a Unix-domain socket in a folder that only this user can enter, and the child proves
/// itself by a one-time token. Standard streams would not do: a dying JVM and native code print
/// there. Nothing that a prompt could reach is given to the child as argument, environment or file,
/// and its crash reports are switched off, because they would hold pieces of its memory.
final class ChildProcess implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofSeconds(60);
  private static final Duration EXIT_MAX = Duration.ofSeconds(3);
  private static final Duration KILL_MAX = Duration.ofSeconds(10);
  private static final long SELECT_MILLIS = 100;
  private static final int TOKEN_BYTES = 32;
  private static final int ERROR_CHARS_MAX = 400;
  private static final Set<String> ENVIRONMENT_KEPT =
      Set.of("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR");

  private static final int TEMPORARY_BYTES_MAX = 56;

  private final Process process;
  private final Link link;
  private final Path directory;
  private final LastError lastError;

  private ChildProcess(Process process, Link link, Path directory, LastError lastError) {
    this.process = process;
    this.link = link;
    this.directory = directory;
    this.lastError = lastError;
  }

  /// Starts a child that will load `natives`, whose digests are checked first, and waits until it
  /// connected.
  ///
  /// @throws EngineException when a library was changed or the child does not come up in time
  static ChildProcess start(Natives natives) throws EngineException, InterruptedException {
    String digests = NativeDigests.check(natives);
    Path directory = privateDirectory();
    boolean done = false;
    Process process = null;
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      Path socket = directory.resolve("engine.sock");
      server.bind(UnixDomainSocketAddress.of(socket), 1);
      process = launch(socket, natives, digests, directory);
      LastError lastError = LastError.of(process);
      String token = token();
      try (OutputStream in = process.getOutputStream()) {
        in.write((token + "\n").getBytes(StandardCharsets.US_ASCII));
      }
      SocketChannel channel = accept(server, process, lastError);
      Files.delete(socket);
      ChildProcess child = new ChildProcess(process, new Link(channel), directory, lastError);
      child.expectHello(token);
      done = true;
      return child;
    } catch (IOException e) {
      throw new EngineException(
          "The engine's child process cannot be started: " + e.getMessage() + ".", e);
    } finally {
      if (!done) {
        if (process != null) {
          process.destroyForcibly();
        }
        deleteDirectory(directory);
      }
    }
  }

  private static Process launch(Path socket, Natives natives, String digests, Path scratch)
      throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx96m",
            "-Xss1m",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-XX:+DisableAttachMechanism",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:+SuppressFatalErrorMessage",
            "-XX:ErrorFile=/dev/null",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            classPath(),
            EngineChild.class.getName(),
            socket.toString(),
            natives.library().toString(),
            natives.backends().map(Path::toString).orElse(EngineChild.NO_BACKENDS),
            digests,
            scratch.toString());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(scratch.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    Map<String, String> environment = builder.environment();
    environment.keySet().retainAll(ENVIRONMENT_KEPT);
    // Otherwise a native assertion starts gdb, which prints the stack.
    environment.put("GGML_NO_BACKTRACE", "1");
    return builder.start();
  }

  /// Only what the child needs: this module, the two below it, and the reader of JSON.
  private static String classPath() throws IOException {
    List<Class<?>> parts =
        List.of(
            EngineChild.class,
            GgufWriter.class,
            ModelHash.class,
            JsonFactory.class,
            JsonInclude.class,
            ObjectMapper.class);
    try {
      StringBuilder path = new StringBuilder();
      for (Class<?> part : parts) {
        Path place = Path.of(part.getProtectionDomain().getCodeSource().getLocation().toURI());
        path.append(path.isEmpty() ? "" : java.io.File.pathSeparator).append(place);
      }
      return path.toString();
    } catch (URISyntaxException e) {
      throw new IOException("the program's own class path cannot be found", e);
    }
  }

  private static SocketChannel accept(
      ServerSocketChannel server, Process process, LastError lastError)
      throws IOException, EngineException {
    server.configureBlocking(false);
    long deadline = System.nanoTime() + START_MAX.toNanos();
    try (Selector selector = Selector.open()) {
      server.register(selector, SelectionKey.OP_ACCEPT);
      while (System.nanoTime() - deadline < 0) {
        selector.select(SELECT_MILLIS);
        SocketChannel channel = server.accept();
        if (channel != null) {
          channel.configureBlocking(true);
          return channel;
        }
        if (!process.isAlive()) {
          throw new EngineException(
              "The engine's child process ended while it started (%s)."
                  .formatted(exitText(process, lastError)));
        }
      }
    }
    throw new EngineException(
        "The engine's child process did not connect within %d seconds."
            .formatted(START_MAX.toSeconds()));
  }

  private void expectHello(String token) throws IOException, EngineException {
    Optional<LinkMessage> first = receive(START_MAX);
    boolean itself =
        first.isPresent()
            && first.get() instanceof LinkMessage.Hello(String said)
            && MessageDigest.isEqual(
                said.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    if (!itself) {
      throw new EngineException("Something else than the engine's child process connected.");
    }
  }

  Link link() {
    return link;
  }

  /// The next message; a child that says nothing for `silenceMax` is ended, and the link with it.
  ///
  /// @throws java.nio.channels.ClosedByInterruptException when the calling thread was interrupted
  Optional<LinkMessage> receive(Duration silenceMax) throws IOException {
    CountDownLatch heard = new CountDownLatch(1);
    Thread.ofVirtual().name("engine-silence").start(() -> killUnless(heard, silenceMax));
    try {
      return link.receive();
    } finally {
      heard.countDown();
    }
  }

  private void killUnless(CountDownLatch heard, Duration silenceMax) {
    try {
      if (!heard.await(silenceMax.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  long pid() {
    return process.pid();
  }

  /// How the process ended, for a person: its exit code or signal, with the last line that it
  /// printed before it had a model.
  String exitText() {
    try {
      if (!process.waitFor(EXIT_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        return "it closed its link";
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return "it closed its link";
    }
    return exitText(process, lastError);
  }

  private static String exitText(Process process, LastError lastError) {
    int code = process.exitValue();
    String end = code > 128 ? "signal " + (code - 128) : "exit code " + code;
    return lastError.line().map(line -> end + ": " + line).orElse(end);
  }

  /// From now on the process holds prompts, and nothing it prints is kept.
  void forgetErrors() {
    lastError.forget();
  }

  /// Ends the process: by closing the link, and by force when that does not help.
  @Override
  public void close() {
    link.close();
    boolean interrupted = false;
    try {
      if (!process.waitFor(EXIT_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor(KILL_MAX.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException _) {
      process.destroyForcibly();
      interrupted = true;
    }
    deleteDirectory(directory);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ends the process by force, at once.
  void kill() {
    process.destroyForcibly();
  }

  private static Path privateDirectory() throws EngineException {
    try {
      return Files.createTempDirectory(
          temporary(),
          "peermind-engine-",
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new EngineException(
          "The engine cannot make a private folder for its child process: " + e.getMessage() + ".",
          e);
    }
  }

  /// Where temporary files go, unless a socket there would have a longer path than an address of
  /// its kind can hold (108 bytes on Linux).
  private static Path temporary() {
    Path usual = Path.of(System.getProperty("java.io.tmpdir"));
    Path everybodys = Path.of("/tmp");
    boolean fits = usual.toString().getBytes(StandardCharsets.UTF_8).length <= TEMPORARY_BYTES_MAX;
    return fits || !Files.isWritable(everybodys) ? usual : everybodys;
  }

  private static void deleteDirectory(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.collect(Collectors.toList())) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(directory);
    } catch (IOException _) {
      // What stays is an empty private folder in the system's temporary place.
    }
  }

  private static String token() {
    byte[] bytes = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /// The last line that the child printed, as long as it knows no prompt.
  private static final class LastError {
    private Optional<String> line = Optional.empty();
    private boolean keeping = true;

    static LastError of(Process process) {
      LastError last = new LastError();
      Thread.ofVirtual().name("engine-errors").start(() -> last.read(process));
      return last;
    }

    private void read(Process process) {
      try (BufferedReader in =
          new BufferedReader(
              new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
        char[] chunk = new char[ERROR_CHARS_MAX];
        for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
          keep(new String(chunk, 0, read).strip());
        }
      } catch (IOException _) {
        // The process is gone.
      }
    }

    private synchronized void keep(String text) {
      if (keeping && !text.isEmpty()) {
        line = Optional.of(text.replaceAll("\\s+", " "));
      }
    }

    synchronized Optional<String> line() {
      return line;
    }

    synchronized void forget() {
      keeping = false;
      line = Optional.empty();
    }
  }
}
