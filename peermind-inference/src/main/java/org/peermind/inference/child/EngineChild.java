// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.EngineException;
import org.peermind.inference.internal.link.Link;
import org.peermind.inference.internal.link.LinkMessage;
import org.peermind.inference.internal.natives.LlamaEngine;
import org.peermind.inference.internal.natives.LlamaModel;
import org.peermind.inference.internal.natives.SystemLibraries;
import org.peermind.inference.internal.natives.TextPieces;

/// The main class of the engine's child process: whatever native code does to memory or ends by a
/// signal, it does it here. The process holds one model and dies with the node's end of the link.
///
/// Prompts live in this process only. So it allows no memory dumps, and what it prints when it
/// fails is the name of an exception, never its message.
public final class EngineChild {
  /// The argument that stands for back ends inside the library.
  public static final String NO_BACKENDS = "-";

  private static final int FAILED = 70;
  private static final double LOADING_STEP = 0.01;

  private final Link link;
  private final Path scratch;
  private final BlockingQueue<LinkMessage.Load> load = new ArrayBlockingQueue<>(1);
  private final BlockingQueue<EngineLoop> loop = new ArrayBlockingQueue<>(1);
  private double reported = -1;

  private EngineChild(Link link, Path scratch) {
    this.link = link;
    this.scratch = scratch;
  }

  /// Arguments: the socket to connect to, the library to load, the folder of its back ends or
  /// [#NO_BACKENDS], what the node checked of them, a private folder. The one-time token is read
  /// from standard input, because other users can read arguments.
  public static void main(String[] arguments) {
    try {
      SystemLibraries.forbidMemoryDumps();
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
      String token = Optional.ofNullable(in.readLine()).orElse("");
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.connect(UnixDomainSocketAddress.of(arguments[0]));
      EngineChild child = new EngineChild(new Link(channel), Path.of(arguments[4]));
      child.link.send(new LinkMessage.Hello(token));
      Thread.ofPlatform()
          .daemon()
          .name("link")
          .stackSize(TextPieces.STACK_BYTES)
          .start(child::receive);
      child.serve(arguments);
    } catch (Throwable failed) {
      report(failed);
      end(FAILED, Path.of(arguments[4]));
    }
  }

  private void serve(String[] arguments) throws IOException, InterruptedException {
    Optional<Path> backends =
        arguments[2].equals(NO_BACKENDS) ? Optional.empty() : Optional.of(Path.of(arguments[2]));
    try {
      LlamaEngine engine = LlamaEngine.open(Path.of(arguments[1]), backends, arguments[3], scratch);
      link.send(new LinkMessage.Ready(engine.info()));
      LinkMessage.Load wanted = load.take();
      LlamaModel model =
          engine.load(
              Path.of(wanted.file()),
              EngineLoop.shape(wanted.contextTokens(), wanted.slots(), wanted.threads())
                  .withGpuLayers(wanted.gpuLayers())
                  .withFullPrecision(wanted.fullPrecision()),
              this::reportLoading);
      model.adapt(wanted.adapter().path(), wanted.adapter().scale());
      EngineLoop running =
          new EngineLoop(model, wanted.slots(), wanted.threads(), new LinkSink(link));
      loop.put(running);
      link.send(new LinkMessage.Loaded(model.info(), running.features()));
      Thread.ofPlatform().daemon().name("life").start(() -> giveSignsOfLife(running));
      running.run();
    } catch (EngineException refused) {
      link.send(new LinkMessage.Refused(String.valueOf(refused.getMessage())));
      end(FAILED, scratch);
    }
  }

  private void reportLoading(double fraction) {
    if (fraction >= reported + LOADING_STEP) {
      reported = fraction;
      sendNow(new LinkMessage.Loading(fraction));
    }
  }

  /// Says that the engine gets on, during a long computation too, when the engine's thread can say
  /// nothing. A computation that hangs is no progress, and the node then hears nothing.
  private void giveSignsOfLife(EngineLoop running) {
    long seen = -1;
    try {
      while (true) {
        TimeUnit.SECONDS.sleep(1);
        long now = running.progress();
        if (now != seen) {
          seen = now;
          link.send(new LinkMessage.Alive());
        }
      }
    } catch (IOException | InterruptedException _) {
      // The link is broken: its reader ends the process.
    }
  }

  private record LinkSink(Link link) implements EngineLoop.Sink {
    @Override
    public void say(LinkMessage.FromChild message) {
      try {
        link.queue(message);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void flush() {
      try {
        link.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void sendNow(LinkMessage message) {
    try {
      link.send(message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads what the node says; its silence for ever, the end of the link, ends this process at
  /// once, whatever the engine thread is doing.
  private void receive() {
    try {
      @Nullable EngineLoop running = null;
      for (Optional<LinkMessage> next = link.receive(); next.isPresent(); next = link.receive()) {
        switch (next.get()) {
          case LinkMessage.Load wanted -> {
            load.put(wanted);
          }
          case LinkMessage.ToChild command -> {
            if (running == null) {
              running = loop.take();
            }
            running.command(command);
          }
          case LinkMessage.FromChild _ ->
              throw new IllegalStateException("The node sent a message of a child process");
        }
      }
      end(0, scratch);
    } catch (Throwable failed) {
      report(failed);
      end(FAILED, scratch);
    }
  }

  private static void report(Throwable failed) {
    System.err.println("engine child: " + failed.getClass().getName());
  }

  /// Ends the process at once. A node that was killed cannot clear away the private folder itself.
  private static void end(int code, Path scratch) {
    try {
      Files.deleteIfExists(scratch);
    } catch (IOException _) {
      // It is private, and holds at most a model of random numbers.
    }
    Runtime.getRuntime().halt(code);
  }
}
