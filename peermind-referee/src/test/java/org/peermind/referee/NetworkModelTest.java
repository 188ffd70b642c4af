// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.TrafficShare;
import org.peermind.protocol.governance.Digest;

/// Whom a question under the network's own name goes to.
class NetworkModelTest {
  private static final ModelHash OLD = new ModelHash("a".repeat(64));
  private static final ModelHash NEW = new ModelHash("b".repeat(64));
  private static final Digest SALT = Digest.over("proposal".getBytes(StandardCharsets.UTF_8));
  private static final int REQUESTS = 2_000;

  private final Stage stage = Stage.settled();

  private void serves(String inferer, ModelHash model) {
    stage.attachInferer(inferer);
    stage.report(inferer, new Sketch().slots(2, 2).model(inferer + "-model", model));
  }

  private void network(Optional<ModelHash> incumbent, int permille) {
    stage.give(
        new RefereeInput.NetworkModelChanged(
            new NetworkModel(
                incumbent,
                Optional.of(new NetworkModel.Trial(NEW, new TrafficShare(SALT, permille))))));
  }

  /// Asks and cancels, and says whom the question was offered to.
  private Optional<String> offered(String request, String model, String... excluded) {
    List<RefereeEffect.SendOffer> offers =
        Stage.only(
            stage.ask("ann", request, model, Optional.empty(), excluded),
            RefereeEffect.SendOffer.class);
    stage.cancel(request, "ann");
    return offers.stream().map(offer -> stage.name(offer.inferer())).findFirst();
  }

  @Test
  void theNetworksNameStandsForWhatMostServe_untilAModelIsAdopted() {
    serves("one", OLD);
    serves("two", OLD);
    serves("three", NEW);
    stage.attachUser("ann");
    assertThat(offered("r1", ServedModel.NETWORK)).isNotEqualTo(Optional.of("three"));
    stage.give(
        new RefereeInput.NetworkModelChanged(new NetworkModel(Optional.of(NEW), Optional.empty())));
    assertThat(offered("r2", ServedModel.NETWORK)).hasValue("three");
  }

  @Test
  void aModelInItsStagesGetsItsShare_andNamesGetWhatTheyName() {
    serves("old", OLD);
    serves("new", NEW);
    stage.attachUser("ann");
    network(Optional.of(OLD), 250);
    int taken = 0;
    for (int request = 0; request < REQUESTS; request++) {
      taken += offered("r" + request, ServedModel.NETWORK).orElseThrow().equals("new") ? 1 : 0;
    }
    // Five deviations of a quarter of 2,000.
    assertThat(taken).isBetween(500 - 97, 500 + 97);
    for (int request = 0; request < 20; request++) {
      assertThat(offered("n" + request, "old-model")).hasValue("old");
      assertThat(offered("h" + request, NEW.hex())).hasValue("new");
    }
  }

  @Test
  void theOtherModelAnswers_whenTheFirstChoiceHasNobody() {
    serves("new", NEW);
    stage.attachUser("ann");
    network(Optional.of(OLD), 0);
    assertThat(offered("r1", ServedModel.NETWORK)).hasValue("new");
    serves("old", OLD);
    assertThat(offered("r2", ServedModel.NETWORK)).hasValue("old");
    assertThat(offered("r3", ServedModel.NETWORK, "old")).hasValue("new");
    network(Optional.of(OLD), 1_000);
    assertThat(offered("r4", ServedModel.NETWORK)).hasValue("new");
    assertThat(offered("r5", ServedModel.NETWORK, "new"))
        .as("a question that a failing model lost goes to the one in use")
        .hasValue("old");
  }

  @Test
  void aShareCountsForMoreThanTheInfererOfTheLastAnswer() {
    serves("old", OLD);
    serves("new", NEW);
    stage.attachUser("ann");
    for (int permille : new int[] {0, 1_000}) {
      network(Optional.of(OLD), permille);
      for (String last : List.of("old", "new")) {
        String request = "r" + permille + last;
        List<RefereeEffect.SendOffer> offers =
            Stage.only(
                stage.give(
                    stage.request(
                        "ann",
                        request,
                        ServedModel.NETWORK,
                        Duration.ZERO,
                        Optional.empty(),
                        100,
                        new Stage.Wishes(Optional.of(stage.node(last)), false, Optional.empty()))),
                RefereeEffect.SendOffer.class);
        stage.cancel(request, "ann");
        assertThat(stage.name(offers.getFirst().inferer()))
            .isEqualTo(permille == 0 ? "old" : "new");
      }
    }
  }
}
