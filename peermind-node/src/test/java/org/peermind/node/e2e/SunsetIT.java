// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.testkit.Await;

/// Promise 1 of the design: no brown joule. With the sun goes the engine, and the answers go to
/// where the sun still shines, or nowhere.
class SunsetIT {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final String QUESTION = "Tell me a story.";
  private static final Duration SUN = Duration.ofSeconds(12);
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  @BeforeAll
  static void startNetwork() {
    NETWORK.startReferee();
    NETWORK.startUser(TestNetwork.USER);
  }

  @Test
  void theEngineGoesWithTheSun_theOtherSiteAnswers_andWithoutAnySunQuestionsAreRefused() {
    Site site = Site.setting(SUN, 50);
    NETWORK.startInferer("evening", site);
    NETWORK.awaitReady(1);
    ProcessHandle engine = NETWORK.engineOf("evening");
    NETWORK.startInferer("noon", Site.sunny(50));
    Await.until("the engine's end at sunset", PATIENCE, () -> !engine.isAlive());
    JsonNode off = awaitActivation("evening", "OFF");
    printDelay(site.realStart().plus(SUN));
    assertThat(off.path("reason").asText()).contains("W");
    assertThat(NETWORK.client("evening").status().path("engine").has("child_pid")).isFalse();
    assertThat(NETWORK.node("evening").handle().children()).isEmpty();

    Await.until(
        "the referee to offer work to noon alone",
        PATIENCE,
        () ->
            NETWORK
                .readyInferers(NETWORK.client(TestNetwork.USER).status())
                .equals(List.of("noon")));
    assertThat(WatchedAnswer.ask(NETWORK, QUESTION, 16).worker()).isEqualTo("noon");

    NETWORK.configure("noon", "inferer", Optional.of(Site.dark()));
    NETWORK.up("noon");
    awaitActivation("noon", "OFF");
    refusesForWantOfPower();
  }

  private static void refusesForWantOfPower() {
    ChatClient user = NETWORK.client(TestNetwork.USER);
    Await.until(
        "the referee to know of both nights",
        PATIENCE,
        () -> code(user.ask(QUESTION, 16)).equals("no_power"));
    ChatClient.Reply refused = user.ask(QUESTION, 16);
    System.out.println("no power: " + refused.body() + ", Retry-After " + refused.retryAfter());
    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.retryAfter().map(Integer::parseInt).orElse(0)).isPositive();
    assertThat(refused.json().path("error").path("message").asText()).contains("power");
    assertThat(user.stream(QUESTION, 16, _ -> {}).status()).isEqualTo(503);

    NodeProcess ask =
        NETWORK.run("ask", "--home", NETWORK.home(TestNetwork.USER).directory().toString(), "Why?");
    assertThat(ask.exitCode(PATIENCE)).isEqualTo(3);
    assertThat(ask.out()).isEmpty();
    assertThat(ask.err()).hasSize(1);
    System.out.println("peermind ask: " + ask.err());
  }

  private static String code(ChatClient.Reply reply) {
    return reply.status() == 200 ? "" : reply.json().path("error").path("code").asText();
  }

  private static JsonNode awaitActivation(String name, String activation) {
    ChatClient client = NETWORK.client(name);
    Await.until(
        name + " to be " + activation,
        PATIENCE,
        () -> client.status().path("energy").path("activation").asText().equals(activation));
    return client.status().path("energy");
  }

  /// From the last watt to the unloaded model, in energy time; the log has it in real time.
  private static void printDelay(Instant sunset) {
    JsonNode unloaded = NETWORK.node("evening").events("activation-changed").getLast();
    Duration real = Duration.between(sunset, Instant.parse(unloaded.path("at").asText()));
    System.out.printf(
        Locale.ROOT,
        "%s: about %.0f s of energy time after the power fell (%s)%n",
        unloaded.path("to").asText(),
        real.toMillis() / 1000.0 * Site.SCALE,
        unloaded.path("reason").asText());
  }
}
