// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
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
import java.util.stream.Stream;
import org.peermind.federated.internal.link.Link;
import org.peermind.federated.internal.link.LinkMessage;
import org.peermind.federated.training.TrainerSpec;
import org.peermind.federated.training.TrainingException;
import org.peermind.federated.training.TrainingException.Reason;

/// One child process of the trainer and the link to it.
///
/// The link is a Unix-domain socket in a folder that only this user can enter, and the child proves
/// itself by a one-time token. Nothing that training texts could reach is given to the child as
/// argument or environment, and its crash reports are switched off, because they would hold pieces
/// of its memory.
final class ChildProcess implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofSeconds(60);
  private static final Duration EXIT_MAX = Duration.ofSeconds(3);
  private static final Duration KILL_MAX = Duration.ofSeconds(10);
  private static final long SELECT_MILLIS = 100;
  private static final int TOKEN_BYTES = 32;
  private static final int ERROR_CHARS_MAX = 400;
  private static final int FOLDER_BYTES_MAX = 52;

  /// Java's part of the memory: the tables of a model and some copies of the coordinates. Weights
  /// are in libtorch's part, which nobody bounds but the machine.
  private static final long HEAP_MEBIBYTES = 1024;

  private static final long HEAP_BYTES_PER_COORDINATE = 64;

  private static final Set<String> ENVIRONMENT_KEPT =
      Set.of("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "SystemRoot");

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

  /// Starts a child and waits until it connected.
  ///
  /// @param libraryCache where libraries are unpacked to
  /// @throws TrainingException when the child does not come up in time
  static ChildProcess start(Program program, TrainerSpec spec, Path libraryCache)
      throws TrainingException, InterruptedException {
    Path directory = privateDirectory(spec.scratch());
    boolean done = false;
    Process process = null;
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      Path socket = directory.resolve("trainer.sock");
      server.bind(UnixDomainSocketAddress.of(socket), 1);
      Files.createDirectories(libraryCache);
      process = launch(program, spec, libraryCache, socket, directory);
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
      throw new TrainingException(
          Reason.CRASHED, "The trainer's child process cannot be started: " + e.getMessage() + ".");
    } finally {
      if (!done) {
        if (process != null) {
          process.destroyForcibly();
        }
        deleteDirectory(directory);
      }
    }
  }

  private static Process launch(
      Program program, TrainerSpec spec, Path libraryCache, Path socket, Path directory)
      throws IOException {
    long heap = HEAP_MEBIBYTES + ((HEAP_BYTES_PER_COORDINATE * spec.subspace().length()) >> 20);
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx" + heap + "m",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-XX:+DisableAttachMechanism",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:+SuppressFatalErrorMessage",
            "-XX:ErrorFile=/dev/null",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-DumpReplayDataOnError",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Djava.io.tmpdir=" + directory,
            "-Dorg.bytedeco.javacpp.cachedir=" + libraryCache.toAbsolutePath(),
            // Its bounds are shares of Java's heap, where models do not lie.
            "-Dorg.bytedeco.javacpp.maxbytes=0",
            "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
            "-cp",
            program.classPath(),
            program.mainClass(),
            socket.toString(),
            directory.toString());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    Map<String, String> environment = builder.environment();
    environment.keySet().retainAll(ENVIRONMENT_KEPT);
    environment.put("TMPDIR", directory.toString());
    environment.put("OMP_NUM_THREADS", Integer.toString(spec.threads()));
    environment.put("OPENBLAS_NUM_THREADS", "1");
    // Threads that spin while they wait for each other made steps with two of them 17 times as slow
    // on a busy machine, and would use the processor of a paused trainer.
    environment.put("OMP_WAIT_POLICY", "passive");
    // Without it NVIDIA's library does not promise the same numbers every time.
    environment.put("CUBLAS_WORKSPACE_CONFIG", ":4096:8");
    return builder.start();
  }

  private static SocketChannel accept(
      ServerSocketChannel server, Process process, LastError lastError)
      throws IOException, TrainingException {
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
          throw new TrainingException(
              Reason.CRASHED,
              "The trainer's child process ended while it started (%s)."
                  .formatted(exitText(process, lastError)));
        }
      }
    }
    throw new TrainingException(
        Reason.CRASHED,
        "The trainer's child process did not connect within %d seconds."
            .formatted(START_MAX.toSeconds()));
  }

  private void expectHello(String token) throws IOException, TrainingException {
    Optional<LinkMessage> first = receive(START_MAX);
    boolean itself =
        first.isPresent()
            && first.get() instanceof LinkMessage.Hello(String said)
            && MessageDigest.isEqual(
                said.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    if (!itself) {
      throw new TrainingException(
          Reason.CRASHED, "Something else than the trainer's child process connected.");
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
    Thread.ofVirtual().name("trainer-silence").start(() -> killUnless(heard, silenceMax));
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

  /// From now on the process holds training texts, and nothing it prints is kept.
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

  private static Path privateDirectory(Path scratch) throws TrainingException {
    try {
      Files.createDirectories(scratch);
      return Files.createTempDirectory(
          place(scratch.toAbsolutePath()),
          "peermind-trainer-",
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new TrainingException(
          Reason.REFUSED,
          "The trainer cannot make a private folder for its child process in %s (%s)."
              .formatted(scratch, e.getClass().getSimpleName()));
    }
  }

  /// `scratch`, unless a socket there would have a longer path than an address of its kind can hold
  /// (108 bytes on Linux).
  private static Path place(Path scratch) {
    Path usual = Path.of(System.getProperty("java.io.tmpdir"));
    Path everybodys = Path.of("/tmp");
    if (fits(scratch)) {
      return scratch;
    }
    return fits(usual) || !Files.isWritable(everybodys) ? usual : everybodys;
  }

  private static boolean fits(Path folder) {
    return folder.toString().getBytes(StandardCharsets.UTF_8).length <= FOLDER_BYTES_MAX;
  }

  private static void deleteDirectory(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(directory);
    } catch (IOException _) {
      // What stays is a private folder without anything of the training data.
    }
  }

  private static String token() {
    byte[] bytes = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /// The last line that the child printed, as long as it knows no training text.
  private static final class LastError {
    private Optional<String> line = Optional.empty();
    private boolean keeping = true;

    static LastError of(Process process) {
      LastError last = new LastError();
      Thread.ofVirtual().name("trainer-errors").start(() -> last.read(process));
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
