// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeHome;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Invitation;
import org.peermind.protocol.NetworkName;

/// The demo: one referee, two inferers under different skies, one light user, each a process. It
/// asks questions until the sun has left one inferer in the middle of an answer.
public final class Demo implements AutoCloseable {
  private static final Duration START_PATIENCE = Duration.ofSeconds(60);
  private static final Duration READY_PATIENCE = Duration.ofSeconds(40);
  private static final Duration SHOW_MAX = Duration.ofSeconds(100);
  private static final Duration STOP_HEARD_OF = Duration.ofSeconds(1);
  private static final Duration INVITATION_LIFETIME = Duration.ofDays(1);

  private final PrintWriter out;
  private final InstantSource clock;
  private final Path directory;
  private final List<DemoProcess> processes = new ArrayList<>();
  private final DemoVoice voice;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private boolean closed;

  public Demo(PrintWriter out, InstantSource clock) throws IOException {
    this.out = out;
    this.clock = clock;
    this.directory = Files.createTempDirectory("peermind-demo-");
    this.voice = new DemoVoice(out);
  }

  /// Runs the show and returns once it is over; the network stays up until this is closed.
  ///
  /// @throws IOException with one sentence when a node does not start
  public void run() throws IOException, ConfigException, InterruptedException {
    try {
      show();
    } catch (IOException broken) {
      if (!isStopping()) {
        throw broken;
      }
    }
  }

  private void show() throws IOException, ConfigException, InterruptedException {
    out.println(
        "Peermind demo: one referee, two inferers and one light user, each its own process.");
    out.printf(
        Locale.ROOT,
        "A day passes in %.0f minutes. All power here is simulated.%n",
        Duration.ofDays(1).toMinutes() / DemoSite.ENERGY_SCALE);
    String api = startNetwork();
    out.println();
    out.println("API " + api + "  (for any OpenAI client, any key)");
    out.println();
    DemoClient client = new DemoClient(api);
    waitForPower(client);
    ask(client, DemoQuestions.FACT, 60);
    tellStories(client);
    closingWords(api);
  }

  private synchronized String startNetwork()
      throws IOException, ConfigException, InterruptedException {
    Instant realStart = clock.instant();
    int peerPort = freePort();
    NodeHome refereeHome = home(DemoSite.REFEREE);
    IdentityKey refereeKey = refereeHome.createIdentity(new SecureRandom());
    Invitation invitation =
        new Invitation(
            new NetworkName("demo"),
            refereeKey.id(),
            List.of("127.0.0.1:" + peerPort),
            realStart.plus(INVITATION_LIFETIME));
    String line = Invitation.toLine(invitation.sign(refereeKey));
    DemoProcess last = null;
    for (DemoSite site :
        List.of(DemoSite.REFEREE, DemoSite.PERTH, DemoSite.GRANADA, DemoSite.USER)) {
      boolean referee = site.equals(DemoSite.REFEREE);
      NodeHome home = home(site);
      IdentityKey key = home.createIdentity(new SecureRandom());
      voice.name(key.id(), site.label());
      site.configure(
          home, peerPort, referee ? Optional.empty() : Optional.of(invitation), realStart);
      if (!referee) {
        home.write(home.invitationFile(), line + "\n");
      }
      last = DemoProcess.start(site, home, voice::event);
      processes.add(last);
    }
    String api = "";
    for (DemoProcess process : processes) {
      api = process.apiUrl(START_PATIENCE);
    }
    return api;
  }

  private NodeHome home(DemoSite site) throws ConfigException {
    NodeHome home = new NodeHome(directory.resolve(site.label().toLowerCase(Locale.ROOT)));
    home.create();
    return home;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void waitForPower(DemoClient client) throws IOException, InterruptedException {
    Instant until = clock.instant().plus(READY_PATIENCE);
    while (client.readyInferers() < 2) {
      if (clock.instant().isAfter(until)) {
        throw new IOException(
            "The inferers did not get ready within %d s; `peermind doctor` may tell why."
                .formatted(READY_PATIENCE.toSeconds()));
      }
      Thread.sleep(Duration.ofMillis(200));
    }
  }

  private void tellStories(DemoClient client) throws IOException, InterruptedException {
    Instant until = clock.instant().plus(SHOW_MAX);
    int next = 0;
    while (!voice.sawMove() && clock.instant().isBefore(until)) {
      ask(client, DemoQuestions.STORIES.get(next++ % DemoQuestions.STORIES.size()), 200);
    }
    out.println();
    out.println(
        voice.sawMove()
            ? "The sun left one inferer in mid-answer and the other one went on at the next word."
            : "The sun left one inferer between two answers; the other one answers now.");
  }

  private void ask(DemoClient client, String question, int tokensMax)
      throws IOException, InterruptedException {
    voice.question(question);
    Optional<JsonNode> refusal;
    try {
      refusal = client.ask(question, tokensMax, voice::answer);
    } catch (IOException broken) {
      throw new IOException("The demo's light user does not answer any more.", broken);
    }
    if (refusal.isPresent() && isStopping()) {
      throw new IOException("The demo was stopped in mid-answer.");
    }
    voice.endOfAnswer(refusal);
  }

  /// Whether the demo ends. Ctrl-C in a terminal reaches the nodes as soon as the demo itself, so a
  /// node that is gone may be the first that is heard of it.
  private boolean isStopping() throws InterruptedException {
    return stopping.await(STOP_HEARD_OF.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void closingWords(String api) {
    out.println();
    out.println("Ask it yourself:");
    out.println();
    out.println(
        "  curl -sN %s/chat/completions -H 'Content-Type: application/json' -d '{\"model\":\"peermind-demo\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}'"
            .formatted(api, DemoQuestions.FACT));
    out.println();
    out.println("The network stays up, and its days go by, until Ctrl-C.");
    out.flush();
  }

  /// Stops every process and removes the demo's directory.
  @Override
  public void close() {
    stopping.countDown();
    List<DemoProcess> running;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      running = List.copyOf(processes);
    }
    List<Thread> threads =
        running.stream().map(process -> Thread.ofPlatform().start(process::close)).toList();
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException hurry) {
        Thread.currentThread().interrupt();
      }
    }
    removeDirectory();
  }

  private void removeDirectory() {
    try (Stream<Path> files = Files.walk(directory)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(
              file -> {
                try {
                  Files.deleteIfExists(file);
                } catch (IOException left) {
                  throw new UncheckedIOException(left);
                }
              });
    } catch (IOException | UncheckedIOException left) {
      out.println("The directory " + directory + " could not be removed.");
    }
  }
}
