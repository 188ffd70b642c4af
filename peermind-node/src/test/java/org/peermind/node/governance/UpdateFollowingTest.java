// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.AdapterFile;
import org.peermind.inference.internal.natives.TinyLlama;
import org.peermind.node.role.AdapterFiles;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.AdaptedModel;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.referee.NetworkModel;
import org.peermind.voting.UpdateRollout;

/// How a node comes to serve the update that its network accepted, and what questions go to it.
final class UpdateFollowingTest {
  @TempDir private Path directory;
  private VotingTown town;
  private VotingTown.Node node;
  private Path model;

  @BeforeEach
  void begin() throws Exception {
    town = new VotingTown(directory, 3);
    node = town.nodes.getFirst();
    model = directory.resolve("model.gguf");
    TinyLlama.of(3).write(model);
    node.modelFiles.put(VotingTown.OLD, model);
  }

  private Digest adapter(long seed, int wider, ModelHash base) throws Exception {
    Path file = directory.resolve("adapter" + seed);
    Digest name = AdapterFiles.write(model, base, seed, wider, file);
    node.adapters.put(name, file);
    return name;
  }

  private void accepts(long number, Optional<Digest> former, Digest adapter) {
    appends(
        new UpdateCheckpoint(
            town.governance.genesis(),
            number,
            VotingTown.OLD,
            former,
            Optional.of(adapter),
            1_000,
            VotingTown.digest("transcript " + number),
            "for a test"));
  }

  private void appends(UpdateCheckpoint update) {
    assertThat(town.append(update.sign(town.writer)))
        .isInstanceOf(NetworkLedger.Submitted.Accepted.class);
  }

  private UpdateRollout rollout() {
    return town.governance.updateRollout().orElseThrow();
  }

  private static ModelHash adapted(Digest adapter) {
    return AdaptedModel.identity(VotingTown.OLD, Optional.of(adapter));
  }

  private String told() throws Exception {
    node.steward.look();
    return node.steward.doing().serving().orElseThrow();
  }

  @Test
  void servesTheUpdateFromItsTurnOn_andSaysSo() throws Exception {
    Digest adapter = adapter(1, 0, VotingTown.OLD);
    accepts(1, Optional.empty(), adapter);
    Instant turn = rollout().turnOf(node.id());
    town.now = turn.minusMillis(1);
    assertThat(told()).endsWith("and changes to the update of round 1 at " + turn + ".");
    assertThat(node.served.hash()).isEqualTo(VotingTown.OLD);
    town.now = turn;
    assertThat(told()).isEqualTo("It changes to the network's model.");
    assertThat(node.served.hash()).isEqualTo(adapted(adapter));
    assertThat(node.served.name()).isEqualTo("old");
    Path file = directory.resolve("adapter1");
    assertThat(node.loaded.orElseThrow().adapter())
        .hasValue(new AdapterFile(file, new ModelHash(adapter.hex()), 1));
    assertThat(told()).isEqualTo("It serves the network's model with the update of round 1.");
  }

  @Test
  void keepsWhatItServes_whileTheFileIsNotHere_andServesItOnceItIs() throws Exception {
    Digest adapter = adapter(1, 0, VotingTown.OLD);
    node.adapters.remove(adapter);
    accepts(1, Optional.empty(), adapter);
    town.now = town.now.plus(rollout().spread());
    assertThat(told())
        .isEqualTo("It waits for the file of the network's update; a referee gives it.");
    assertThat(node.did).isEmpty();
    node.adapters.put(adapter, directory.resolve("adapter1"));
    told();
    assertThat(node.served.hash()).isEqualTo(adapted(adapter));
  }

  @Test
  void servesNoUpdateThatDoesNotFit_isDamaged_orIsForAnotherModel() throws Exception {
    Digest misfit = adapter(1, 32, VotingTown.OLD);
    accepts(1, Optional.empty(), misfit);
    town.now = town.now.plus(rollout().spread());
    String sentence = told();
    assertThat(sentence)
        .startsWith("The network's update cannot be served here, so it goes on without: ")
        .contains("which the model does not have");
    Files.writeString(directory.resolve("adapter1"), "damaged");
    assertThat(told()).as("not read at every look").isEqualTo(sentence);
    town.now = town.now.plus(Duration.ofMinutes(10));
    assertThat(told()).as("read again after a while").isNotEqualTo(sentence);

    Digest foreign = adapter(2, 0, VotingTown.model("another"));
    accepts(2, Optional.of(misfit), foreign);
    town.now = town.now.plus(rollout().spread());
    assertThat(told()).endsWith("It is an update of another model.");
    assertThat(node.did).isEmpty();
    assertThat(node.served.hash()).isEqualTo(VotingTown.OLD);
  }

  @Test
  void goesBackAtOnce_whenAnUpdateIsUndone() throws Exception {
    Digest first = adapter(1, 0, VotingTown.OLD);
    Digest second = adapter(2, 0, VotingTown.OLD);
    accepts(1, Optional.empty(), first);
    town.now = town.now.plus(rollout().spread());
    told();
    accepts(2, Optional.of(first), second);
    assertThat(rollout().turnOf(node.id())).isAfter(town.now);
    told();
    assertThat(node.served.hash()).isEqualTo(adapted(first));
    town.now = town.now.plus(rollout().spread());
    told();
    assertThat(node.served.hash()).isEqualTo(adapted(second));
    appends(town.governance.undoing("for a test").orElseThrow());
    told();
    assertThat(node.served.hash()).isEqualTo(adapted(first));
    assertThat(told()).isEqualTo("It serves the network's model with the update of round 1.");
    appends(town.governance.undoing("for a test").orElseThrow());
    told();
    assertThat(node.served.hash()).isEqualTo(VotingTown.OLD);
    assertThat(told()).isEqualTo("It serves the network's model.");
  }

  @Test
  void questionsGoToTheUpdateAsNodesChange_andToTheOthersOnlyWhereNeededAfterwards() {
    assertThat(Scribe.network(town.governance, town.now))
        .isEqualTo(new NetworkModel(Optional.of(VotingTown.OLD), Optional.empty()));
    Digest adapter = VotingTown.digest("adapter");
    accepts(1, Optional.empty(), adapter);
    NetworkModel first = Scribe.network(town.governance, town.now);
    assertThat(first.incumbent()).hasValue(VotingTown.OLD);
    assertThat(first.trial().orElseThrow().model()).isEqualTo(adapted(adapter));
    assertThat(first.trial().orElseThrow().share().permille()).isZero();
    Instant half = town.now.plus(rollout().spread().dividedBy(2));
    assertThat(share(half)).isEqualTo(500);
    NetworkModel last = Scribe.network(town.governance, town.now.plus(rollout().spread()));
    assertThat(last.incumbent()).hasValue(adapted(adapter));
    assertThat(last.trial().orElseThrow().model()).isEqualTo(VotingTown.OLD);
    assertThat(last.trial().orElseThrow().share().permille()).isZero();
    appends(town.governance.undoing("for a test").orElseThrow());
    assertThat(Scribe.network(town.governance, town.now))
        .as("nobody is asked for what was undone")
        .isEqualTo(new NetworkModel(Optional.of(VotingTown.OLD), Optional.empty()));
  }

  private int share(Instant now) {
    return Scribe.network(town.governance, now).trial().orElseThrow().share().permille();
  }
}
