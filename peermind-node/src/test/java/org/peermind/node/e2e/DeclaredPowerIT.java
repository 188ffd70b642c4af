// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.testkit.Await;

/// Promise 1 of the design for who has no meter: declared power serves its owner, is labelled, and
/// is worth nothing to others unless their network says so.
class DeclaredPowerIT {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final String HOBBY = "hobby";
  private static final String QUESTION = "Tell me a story.";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @BeforeAll
  static void startNetwork() {
    NETWORK.startReferee();
    NETWORK.configure(HOBBY, "inferer", Optional.of(Site.dark()));
    NETWORK.edit(
        HOBBY,
        yaml -> {
          int energy = yaml.indexOf("  adapter: replay");
          int manual = yaml.indexOf("  replay:");
          int rest = yaml.indexOf("    loop: true\n", manual) + "    loop: true\n".length();
          return yaml.substring(0, energy)
              + "  adapter: manual\n  load-timeout: 1h\n  manual: {source: wind}\n"
              + yaml.substring(rest);
        });
    NETWORK.up(HOBBY);
  }

  @Test
  void declaredPowerAnswersItsOwner_withItsLabel_andGoesWhenItIsTakenBack() {
    refused("Nothing is declared");

    command("400W", "--for", "1h");
    awaitActivation("FULL");
    JsonNode energy = NETWORK.client(HOBBY).status().path("energy");
    assertThat(energy.path("declared").asBoolean()).isTrue();
    assertThat(energy.path("simulated").asBoolean()).isFalse();
    assertThat(energy.path("source").asText()).isEqualTo("wind");
    ChatClient.Reply reply = NETWORK.client(HOBBY).ask(QUESTION, 16);
    assertThat(reply.status()).as(reply.body()).isEqualTo(200);
    JsonNode green = reply.json().path("usage").path("peermind");
    assertThat(green.path("declared").asBoolean()).isTrue();
    assertThat(green.path("trust_level").asInt(-1)).isZero();
    assertThat(green.path("source").asText()).isEqualTo("wind");
    servesNobodyElse();

    ProcessHandle engine = NETWORK.engineOf(HOBBY);
    command("--off");
    Await.until("the engine's end", PATIENCE, () -> !engine.isAlive());
    refused("Nothing is declared");
  }

  private static void servesNobodyElse() {
    Await.until(
        "the referee to say why it offers no work",
        PATIENCE,
        () -> row().path("reason").asText().contains("declares its power"));
    assertThat(row().path("presence").asText()).isEqualTo("low");
    assertThat(row().path("declared").asBoolean()).isTrue();
  }

  private static JsonNode row() {
    for (JsonNode row : NETWORK.client(HOBBY).status().path("nodes")) {
      if (NETWORK.nameOf(row.path("node").asText()).equals(HOBBY)) {
        return row;
      }
    }
    throw new AssertionError("the referee shows no row of " + HOBBY);
  }

  private static void command(String... arguments) {
    String[] all = new String[arguments.length + 4];
    all[0] = "energy";
    all[1] = "declare";
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    all[all.length - 2] = "--home";
    all[all.length - 1] = NETWORK.home(HOBBY).directory().toString();
    NodeProcess declare = NETWORK.run(all);
    assertThat(declare.exitCode(PATIENCE)).as("%s", declare.err()).isZero();
    System.out.println("peermind energy declare: " + declare.out());
  }

  /// The status says why there is no power, and a question is refused for it.
  private static void refused(String why) {
    awaitActivation("OFF");
    Await.until(
        "the reason '" + why + "'",
        PATIENCE,
        () -> NETWORK.client(HOBBY).status().path("energy").path("reason").asText().contains(why));
    Await.until(
        "a refusal for want of power",
        PATIENCE,
        () -> NETWORK.client(HOBBY).ask(QUESTION, 16).body().contains("no_power"));
    ChatClient.Reply reply = NETWORK.client(HOBBY).ask(QUESTION, 16);
    System.out.println("without a declaration: " + reply.body());
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.json().path("error").path("message").asText()).contains(why);
  }

  private static void awaitActivation(String activation) {
    Await.until(
        HOBBY + " to be " + activation,
        PATIENCE,
        () ->
            NETWORK
                .client(HOBBY)
                .status()
                .path("energy")
                .path("activation")
                .asText()
                .equals(activation));
  }
}
