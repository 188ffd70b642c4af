// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.testkit.Await;
import org.peermind.testkit.OllamaScript;

/// An inferer whose model runs at its owner's Ollama (a script of its documented dialect): it
/// serves its owner, others only where the referee accepts declared models, and its model goes with
/// the sun (promise 1).
class ExternalEngineIT {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final String INFERER = "evening";
  private static final String QUESTION = "What shines?";
  private static final Duration SUN = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /// Longer than the interval in which a loaded server's health is looked at.
  private static final Duration QUIET = Duration.ofSeconds(17);

  @Test
  void servesItsOwner_othersByTheRefereesRule_andNothingAfterSunset() throws Exception {
    try (OllamaScript ollama = OllamaScript.start(List.of("The ", "sun."))) {
      NETWORK.startReferee();
      NETWORK.startUser(TestNetwork.USER);
      startInferer(Site.sunny(50), ollama);
      ChatClient owner = NETWORK.client(INFERER);
      ChatClient user = NETWORK.client(TestNetwork.USER);
      Await.until(
          "the model", PATIENCE, () -> engine(owner).path("state").asText().equals("ready"));
      assertThat(ollama.isLoaded()).isTrue();

      assertThat(contentOf(owner.ask(QUESTION, 16))).isEqualTo("The sun.");
      Await.until(
          "the referee to say why it offers nothing",
          PATIENCE,
          () -> user.ask(QUESTION, 16).body().contains("only declared"));

      edit(
          TestNetwork.REFEREE,
          yaml ->
              yaml.replace(
                  "accept-simulated-power: true",
                  "accept-simulated-power: true\n  accept-unverified-models: true"));
      NETWORK.up(TestNetwork.REFEREE);
      NETWORK.awaitReady(1);
      assertThat(contentOf(user.ask(QUESTION, 16))).isEqualTo("The sun.");

      NETWORK.node(INFERER).close();
      assertThat(ollama.isLoaded()).as("loaded after the node was stopped").isFalse();
      startInferer(Site.setting(SUN, 50), ollama);
      Await.until("the model", PATIENCE, ollama::isLoaded);
      Await.until("the unloading at sunset", PATIENCE, () -> !ollama.isLoaded());
      ChatClient evening = NETWORK.client(INFERER);
      Await.until(
          "the node to know",
          PATIENCE,
          () -> engine(evening).path("state").asText().equals("unloaded"));
      int requests = ollama.requests().size();
      assertThat(evening.ask(QUESTION, 16).status()).isEqualTo(503);
      assertThat(user.ask(QUESTION, 16).status()).isEqualTo(503);
      long began = System.nanoTime();
      Await.until("a quiet while", PATIENCE, () -> System.nanoTime() - began > QUIET.toNanos());
      assertThat(ollama.requests().subList(requests, ollama.requests().size())).isEmpty();
      assertThat(ollama.isLoaded()).isFalse();
      assertThat(NETWORK.everythingPrinted()).noneMatch(line -> line.contains("SECRET-7"));
    }
  }

  private static void startInferer(Site site, OllamaScript ollama) throws IOException {
    NETWORK.configure(INFERER, "inferer", Optional.of(site));
    edit(INFERER, yaml -> yaml.replaceFirst(" {2}file: .*\n", server(ollama)));
    NETWORK.up(INFERER);
  }

  private static String server(OllamaScript ollama) {
    return "  engine: auto%n  url: %s%n  model: llama3.2%n  name: %s%n  api-key: SECRET-7%n"
        .formatted(ollama.url(), TestNetwork.MODEL);
  }

  private static void edit(String node, UnaryOperator<String> change) throws IOException {
    Path file = NETWORK.home(node).configFile();
    String before = Files.readString(file);
    String after = change.apply(before);
    assertThat(after).isNotEqualTo(before);
    Files.writeString(file, after);
  }

  private static JsonNode engine(ChatClient client) {
    return client.status().path("engine");
  }

  private static String contentOf(ChatClient.Reply reply) {
    return reply.json().path("choices").path(0).path("message").path("content").asText();
  }
}
