// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.child;

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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.peermind.federated.internal.NetworkSpec;
import org.peermind.federated.internal.RefusalException;
import org.peermind.federated.internal.TrainingNetwork;
import org.peermind.federated.internal.link.Link;
import org.peermind.federated.internal.link.LinkMessage;
import org.peermind.model.ModelDigest;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;

/// The main class of the trainer's child process: whatever native code does to memory or ends by a
/// signal, it does it here. The process trains one model and dies with the node's end of the link.
///
/// Training texts live in this process only. So it allows no memory dumps, and what it prints when
/// it fails is the name of an exception, never its message.
public final class TrainerChild {
  private static final int FAILED = 70;

  private final Link link;
  private final Path scratch;
  private final TrainingNetwork.Source networks;
  private final BlockingQueue<LinkMessage.Open> open = new ArrayBlockingQueue<>(1);
  private final BlockingQueue<TrainingLoop> loop = new ArrayBlockingQueue<>(1);

  private TrainerChild(Link link, Path scratch, TrainingNetwork.Source networks) {
    this.link = link;
    this.scratch = scratch;
    this.networks = networks;
  }

  /// Arguments: the socket to connect to and a private folder. The one-time token is read from
  /// standard input, because other users can read arguments.
  public static void main(String[] arguments) {
    run(arguments, TorchNetwork::open);
  }

  /// The same with networks from elsewhere.
  static void run(String[] arguments, TrainingNetwork.Source networks) {
    Path scratch = Path.of(arguments[1]);
    try {
      ProcessLimits.forbidMemoryDumps();
      ProcessLimits.yieldToOthers();
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
      String token = Optional.ofNullable(in.readLine()).orElse("");
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.connect(UnixDomainSocketAddress.of(arguments[0]));
      TrainerChild child = new TrainerChild(new Link(channel), scratch, networks);
      child.link.send(new LinkMessage.Hello(token));
      Thread.ofPlatform().daemon().name("link").start(child::receive);
      child.serve();
    } catch (Throwable failed) {
      report(failed);
      end(FAILED, scratch);
    }
  }

  private void serve() throws IOException, InterruptedException {
    LinkMessage.Open wanted = open.take();
    TrainingLoop running;
    try {
      TrainingNetwork network = open(wanted);
      running = new TrainingLoop(network, digest(wanted), this::say);
      loop.put(running);
      link.send(new LinkMessage.Opened(network.info()));
    } catch (RefusalException refused) {
      link.send(new LinkMessage.Refused(refused.sentence()));
      end(FAILED, scratch);
      return;
    }
    running.run();
  }

  private TrainingNetwork open(LinkMessage.Open wanted) throws RefusalException {
    try {
      return networks.open(
          new NetworkSpec(
              wanted.model(),
              wanted.sha256(),
              wanted.parentAdapter(),
              wanted.subspace(),
              wanted.threads(),
              wanted.device()));
    } catch (LinkageError missing) {
      report(missing);
      throw new RefusalException(
          "Federated training needs libtorch, which does not load on this machine (%s, %s: %s)."
                  .formatted(
                      System.getProperty("os.name"),
                      System.getProperty("os.arch"),
                      missing.getClass().getSimpleName())
              + " Peermind brings it for Linux on x86-64.");
    }
  }

  private static Digest digest(LinkMessage.Open wanted) throws RefusalException {
    Optional<ModelHash> adapter = Optional.empty();
    if (wanted.parentAdapter().isPresent()) {
      Path file = wanted.parentAdapter().get();
      try {
        adapter = Optional.of(ModelDigest.sha256(file));
      } catch (IOException e) {
        throw new RefusalException(
            "The adapter %s cannot be read (%s).".formatted(file, e.getClass().getSimpleName()));
      }
    }
    return TaskDigest.ofModel(wanted.sha256(), adapter, wanted.subspace());
  }

  private void say(LinkMessage.FromChild message) {
    try {
      link.send(message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads what the node says; the end of the link ends this process at once, whatever the training
  /// thread is doing.
  private void receive() {
    try {
      @Nullable TrainingLoop running = null;
      for (Optional<LinkMessage> next = link.receive(); next.isPresent(); next = link.receive()) {
        switch (next.get()) {
          case LinkMessage.Open wanted -> open.put(wanted);
          case LinkMessage.ToChild order -> {
            if (running == null) {
              running = loop.take();
            }
            running.order(order);
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
    System.err.println("trainer child: " + failed.getClass().getName());
  }

  /// Ends the process at once. A node that was killed cannot clear away the private folder itself.
  private static void end(int code, Path scratch) {
    try (Stream<Path> files = Files.list(scratch)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(scratch);
    } catch (IOException _) {
      // It is private, and nothing of the training data is in it.
    }
    Runtime.getRuntime().halt(code);
  }
}
