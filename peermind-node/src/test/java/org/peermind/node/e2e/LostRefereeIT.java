// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.testkit.Await;

/// Issue 2: a referee that is killed is missed politely and needs nobody else restarted.
class LostRefereeIT {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  /// Issue 2 asks for 10 s; the rest is for machines that run several builds at once.
  private static final Duration RECOVERY_MAX = Duration.ofSeconds(20);

  @BeforeAll
  static void startNetwork() {
    NETWORK.startReferee();
    NETWORK.startInferer("east", Site.sunny(100));
    NETWORK.startUser(TestNetwork.USER);
    NETWORK.awaitReady(1);
  }

  @Test
  void questionsAreRefusedWithASentence_whenTheRefereeIsKilled_andAnsweredOnceItIsBack() {
    ChatClient user = NETWORK.client(TestNetwork.USER);
    assertThat(user.ask("Tell me a story.", 8).status()).isEqualTo(200);
    long engine = NETWORK.engineOf("east").pid();

    NETWORK.node(TestNetwork.REFEREE).kill();
    ChatClient.Reply refused = user.ask("Tell me a story.", 8);
    JsonNode error = refused.json().path("error");
    System.out.println("referee killed: " + refused.status() + " " + refused.body());
    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.retryAfter().map(Integer::parseInt).orElse(0)).isBetween(1, 60);
    assertThat(error.path("code").asText()).isEqualTo("no_referee");
    assertThat(error.path("message").asText()).contains("referee").endsWith(".");
    assertThat(error.has("type")).isTrue();
    assertThat(user.get("/health").status()).isEqualTo(503);

    String base = NETWORK.up(TestNetwork.REFEREE).base();
    long back = System.nanoTime();
    Await.until(
        "an answer after the referee at " + base + " is back",
        RECOVERY_MAX,
        () -> user.ask("Tell me a story.", 8).status() == 200);
    System.out.printf(
        "an answer %d ms after the referee listened again (10 s are asked for)%n",
        Duration.ofNanos(System.nanoTime() - back).toMillis());
    assertThat(NETWORK.engineOf("east").pid()).as("the engine was left alone").isEqualTo(engine);
    assertThat(user.get("/health").status()).isEqualTo(200);
  }

  @Test
  void anAnswerThatIsRunningEndsHonestly_whenTheRefereeIsKilledInItsMiddle() {
    NETWORK.awaitReady(1);
    ChatClient.Streamed answer =
        NETWORK.client(TestNetwork.USER).stream(
            "Tell me a story.",
            400,
            chunk -> {
              if (chunk == 2) {
                NETWORK.node(TestNetwork.REFEREE).kill();
                NETWORK.up(TestNetwork.REFEREE);
              }
            });
    System.out.printf(
        "referee killed in mid-answer and started again: done %s, error %s, gap %d ms%n",
        answer.done(), answer.error(), answer.longestGap().toMillis());
    // It goes on through the new referee, or says that it cannot; it never just stops.
    assertThat(answer.error().isPresent() || answer.done()).isTrue();
    NETWORK.awaitReady(1);
  }
}
