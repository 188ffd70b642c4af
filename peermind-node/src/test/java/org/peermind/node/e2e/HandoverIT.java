// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The next inferer starts before the one that stops (design section 6, step 6), with processes and
/// the real engine, when the owner wants the slot; what a sunset does is measured with the other
/// interruptions (docs/benchmarks.md).
class HandoverIT {
  private static final String QUESTION = "Tell me a story about Mira.";
  private static final int TOKENS = 150;
  private static final double PACE = 20;

  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  @BeforeAll
  static void start() {
    NETWORK.startReferee();
    NETWORK.startUser(TestNetwork.USER);
  }

  @Test
  void anAnswerMovesToTheNextInferer_whenTheOwnerWantsItsSlot() {
    NETWORK.configure("home", "inferer", Optional.of(Site.sunny(PACE)));
    NETWORK.edit("home", yaml -> yaml.replace("  slots: 2\n", "  slots: 1\n"));
    NETWORK.up("home");
    NETWORK.awaitReady(1);
    WatchedAnswer undisturbed = WatchedAnswer.ask(NETWORK, QUESTION, TOKENS);
    assertThat(undisturbed.worker()).isEqualTo("home");
    NETWORK.startInferer("away", Site.sunny(PACE));
    NETWORK.awaitReady(2);

    theOwnersQuestionIsAnsweredAtHome(undisturbed.text());
  }

  /// The answer of somebody else leaves the only slot, and its reader sees no break.
  private static void theOwnersQuestionIsAnsweredAtHome(String expected) {
    ChatClient.Reply[] owners = new ChatClient.Reply[1];
    WatchedAnswer borrowed =
        WatchedAnswer.ask(
            NETWORK,
            QUESTION,
            TOKENS,
            20,
            worker -> {
              assertThat(worker).isEqualTo("home");
              owners[0] = NETWORK.client("home").ask("What is the capital of Dorrin?", 30);
            });
    assertThat(owners[0].status()).as(owners[0].body()).isEqualTo(200);
    assertThat(owners[0].body()).contains("Tarsin");
    moved(borrowed, expected, "no_capacity");
    assertThat(NETWORK.node("home").events("generation-ended"))
        .anyMatch(event -> event.path("owner").asBoolean());
  }

  private static void moved(WatchedAnswer answer, String expected, String cause) {
    assertThat(answer.answer().done()).isTrue();
    if (answer.nearTies() == 0) {
      assertThat(answer.text()).isEqualTo(expected);
    }
    JsonNode continued = answer.continued().orElseThrow();
    System.out.printf(
        "handover (%s): gap of tokens %s s, longest gap that the client saw %d ms%n",
        cause, continued.path("gapSeconds"), answer.answer().longestGap().toMillis());
  }
}
