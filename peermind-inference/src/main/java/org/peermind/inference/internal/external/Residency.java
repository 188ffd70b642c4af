// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.ExternalServer;
import org.peermind.inference.internal.external.Dialect.Presence;
import org.peermind.inference.internal.external.ServerException.Kind;

/// One model in the memory of one server: brings it in, gets it out, and looks whether it is out.
/// Only one of them happens at a time.
public final class Residency implements AutoCloseable {
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);
  private static final Duration END_MAX = Duration.ofSeconds(10);
  private static final int RELEASE_TRIES = 3;
  private static final Duration LOOK_MAX = Duration.ofSeconds(5);
  private static final Duration START_MAX = Duration.ofMinutes(5);
  private static final Duration STOP_COMMAND_MAX = Duration.ofSeconds(8);

  private final ExternalServer server;
  private final Duration loadMax;
  private final ServerLink link;
  private final ReentrantLock turn = new ReentrantLock();

  private volatile @Nullable Process started;
  private volatile @Nullable Dialect dialect;

  /// Of a server that kept the model, to look at it again.
  private @Nullable Dialect held;

  private volatile Release last = new Release.Freed();

  /// What a server told about the model that it loaded.
  ///
  /// @param contextTokens empty when it does not tell
  public record Loaded(String serverName, OptionalInt contextTokens, EngineFeatures features) {}

  public Residency(ExternalServer server, Duration loadMax) {
    this.server = server;
    this.loadMax = loadMax;
    this.link = new ServerLink(server);
  }

  /// What the server is, without loading anything.
  public String serverName() throws ServerException, InterruptedException {
    return Detection.of(link, server.kind()).name();
  }

  /// The models that the server offers, without loading any.
  public List<String> models() throws ServerException, InterruptedException {
    return Detection.of(link, server.kind()).models(link);
  }

  /// Starts the server if that is ours to do, and loads the model; nothing stays when it fails.
  public Loaded load() throws ServerException, InterruptedException {
    turn.lockInterruptibly();
    boolean loaded = false;
    try {
      Dialect found = reach();
      dialect = found;
      held = null;
      found.load(link, server.model(), loadMax);
      Loaded result =
          new Loaded(found.name(), found.contextTokens(link, server.model()), found.features());
      loaded = true;
      last = kept("the server was not asked to unload yet");
      return result;
    } finally {
      if (!loaded && (dialect != null || started != null)) {
        releaseUninterrupted();
      }
      turn.unlock();
    }
  }

  private Dialect reach() throws ServerException, InterruptedException {
    try {
      return Detection.of(link, server.kind());
    } catch (ServerException absent) {
      if (absent.kind() == Kind.BUSY) {
        return await(Optional.empty(), loadMax);
      }
      if (absent.kind() != Kind.UNREACHABLE || server.startCommand().isEmpty()) {
        throw absent;
      }
    }
    Process process = ServerCommand.start(server.startCommand());
    started = process;
    return await(Optional.of(process), START_MAX);
  }

  /// Waits for a server that starts or loads.
  private Dialect await(Optional<Process> process, Duration patience)
      throws ServerException, InterruptedException {
    for (long left = patience.dividedBy(LOOK_EVERY); left > 0; left--) {
      if (process.isPresent() && !process.get().isAlive()) {
        throw new ServerException(
            Kind.FAULT,
            "The server that model.start-command started ended with code %d; run the command by"
                    .formatted(process.get().exitValue())
                + " hand to see why.");
      }
      try {
        return Detection.of(link, server.kind());
      } catch (ServerException notYet) {
        boolean starting = process.isPresent() && notYet.kind() == Kind.UNREACHABLE;
        if (!starting && notYet.kind() != Kind.BUSY) {
          throw notYet;
        }
      }
      Thread.sleep(LOOK_EVERY);
    }
    throw new ServerException(
        Kind.SILENT,
        "The server at %s was not ready in %s.".formatted(link.base(), ServerLink.words(patience)));
  }

  /// Gets the memory back and looks whether it is free. Bounded: about 20 s at the worst, some
  /// milliseconds as a rule.
  public Release release() throws InterruptedException {
    turn.lockInterruptibly();
    try {
      last = tryRelease();
      held = last instanceof Release.Held ? dialect : null;
      dialect = null;
      return last;
    } finally {
      turn.unlock();
    }
  }

  /// Releases although the thread is told to stop, because it is told so when the power ends.
  void releaseUninterrupted() {
    boolean interrupted = Thread.interrupted();
    for (int tries = 0; tries < RELEASE_TRIES; tries++) {
      try {
        release();
        break;
      } catch (InterruptedException again) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private Release tryRelease() throws InterruptedException {
    Dialect known = dialect;
    Process process = started;
    if (process != null) {
      if (!server.stopCommand().isEmpty()) {
        ServerCommand.run(server.stopCommand(), STOP_COMMAND_MAX);
      }
      boolean gone = ServerCommand.end(process);
      started = null;
      return gone
          ? new Release.Freed()
          : kept("the process that model.start-command started does not end");
    }
    if (known == null) {
      return last;
    }
    try {
      if (!server.stopCommand().isEmpty()) {
        if (!ServerCommand.run(server.stopCommand(), STOP_COMMAND_MAX)) {
          return stillThere(known, "the command of model.stop-command failed");
        }
      } else if (!known.unload(link, server.model())) {
        return stillThere(
            known, known.name() + " cannot be told to unload; " + known.unloadAdvice());
      }
      return stillThere(known, "it does not unload; " + known.unloadAdvice());
    } catch (ServerException failed) {
      return failed.kind() == Kind.UNREACHABLE
          ? new Release.Freed()
          : kept(bare(failed.sentence()));
    }
  }

  /// Looks for a while whether the model is gone; a server that is gone holds nothing.
  private Release stillThere(Dialect known, String why)
      throws ServerException, InterruptedException {
    long deadline = System.nanoTime() + LOOK_MAX.toNanos();
    while (System.nanoTime() - deadline < 0) {
      switch (known.presence(link, server.model())) {
        case GONE -> {
          return new Release.Freed();
        }
        case UNTOLD -> {
          return kept(why);
        }
        case LOADED -> Thread.sleep(LOOK_EVERY);
      }
    }
    return kept(why);
  }

  private Release kept(String why) {
    return new Release.Held(
        "cannot free the GPU of "
            + link.base()
            + ": the model stays in its memory; work is no longer sent ("
            + why
            + ").");
  }

  private static String bare(String sentence) {
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }

  /// Looks once more at a server that kept the model: some let go of it after a while by
  /// themselves. Nothing is sent that could load it.
  ///
  /// @return whether the memory is still not known to be free
  public boolean isStillHeld() throws InterruptedException {
    turn.lockInterruptibly();
    try {
      Dialect known = held;
      if (known == null) {
        return false;
      }
      boolean gone;
      try {
        gone = known.presence(link, server.model()) == Presence.GONE;
      } catch (ServerException failed) {
        gone = failed.kind() == Kind.UNREACHABLE;
      }
      if (gone) {
        held = null;
        last = new Release.Freed();
      }
      return !gone;
    } finally {
      turn.unlock();
    }
  }

  /// How the last attempt to free the memory ended.
  public Release lastRelease() {
    return last;
  }

  /// Whether the server works; it is not asked to load anything.
  boolean isHealthy() throws InterruptedException {
    Dialect known = dialect;
    return known != null && known.isHealthy(link);
  }

  ServerLink link() {
    return link;
  }

  Dialect dialect() throws ServerException {
    Dialect known = dialect;
    if (known == null) {
      throw new ServerException(Kind.UNREACHABLE, "The model is not loaded any more.");
    }
    return known;
  }

  String model() {
    return server.model();
  }

  /// The process that holds the model, when this node started it.
  OptionalLong pid() {
    Process process = started;
    return process == null ? OptionalLong.empty() : OptionalLong.of(process.pid());
  }

  /// Ends every connection, once a load or a release that runs is done, but not later than a while.
  @Override
  public void close() {
    try {
      if (turn.tryLock(END_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        turn.unlock();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    link.close();
  }
}
