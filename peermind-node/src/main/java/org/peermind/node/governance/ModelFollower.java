// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.AdapterFile;
import org.peermind.model.GgufException;
import org.peermind.model.lora.LoraAdapter;
import org.peermind.model.lora.LoraAdapterFile;
import org.peermind.node.role.ModelSwitch;
import org.peermind.node.role.ServedFiles;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.governance.AdaptedModel;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.voting.Governance;
import org.peermind.voting.Rollout;

/// Has the engine serve the model that the network decided for this node. One thread uses it.
final class ModelFollower {
  private static final Duration FETCH_WITHIN = Duration.ofHours(1);

  private final Steward.Parts parts;
  private final Steward.Settings settings;

  /// How long the network takes to change to an update.
  private static final Duration UPDATE_SPREAD = Duration.ofSeconds(20);

  private Optional<ModelHash> asked = Optional.empty();
  private @Nullable Turn turn;

  private record Turn(ModelHash identity, Instant at) {}

  ModelFollower(Steward.Parts parts, Steward.Settings settings) {
    this.parts = parts;
    this.settings = settings;
  }

  /// One sentence on what is served and why; empty when this node serves no models.
  Optional<String> follow(Governance governance, Instant now, VoteHand hand) {
    if (parts.engine().isEmpty()) {
      return Optional.empty();
    }
    ModelSwitch engine = parts.engine().get();
    if (!settings.follows()) {
      return Optional.of("It serves its owner's choice (votes.follow is false).");
    }
    Optional<ModelHash> wanted = Rollout.of(governance, now).modelOf(parts.identity().id(), now);
    if (wanted.isEmpty()) {
      return Optional.of("The network has no model in use; it goes on with its own.");
    }
    Wanted served = wanted(governance, wanted.get());
    boolean isServed = engine.serving().hash().equals(served.identity());
    if (isServed && asked.map(served.identity()::equals).orElse(true)) {
      return Optional.of(served.words());
    }
    Optional<String> turn = notYet(served, engine, now);
    return Optional.of(turn.orElseGet(() -> change(engine, served, governance, now, hand)));
  }

  /// What this node is to serve: a model, and the update that the network accepted for it.
  private record Wanted(ModelHash model, Optional<UpdateCheckpoint> update) {
    Optional<Digest> adapter() {
      return update.flatMap(UpdateCheckpoint::adapter);
    }

    ModelHash identity() {
      return AdaptedModel.identity(model, adapter());
    }

    String words() {
      return adapter().isPresent()
          ? "It serves the network's model with the update of round %d."
              .formatted(update.orElseThrow().number())
          : "It serves the network's model.";
    }
  }

  private static Wanted wanted(Governance governance, ModelHash model) {
    return new Wanted(model, governance.checkpoint().filter(update -> update.base().equals(model)));
  }

  /// Nodes change to an update one after the other, so that there is always one that answers.
  private Optional<String> notYet(Wanted wanted, ModelSwitch engine, Instant now) {
    Turn known = turn;
    if (known == null || !known.identity().equals(wanted.identity())) {
      byte[] drawn =
          Digest.over(wanted.identity().toBytes(), parts.identity().id().toBytes()).toBytes();
      int part = Byte.toUnsignedInt(drawn[0]);
      known =
          new Turn(wanted.identity(), now.plus(UPDATE_SPREAD.multipliedBy(part).dividedBy(256)));
      turn = known;
    }
    boolean isOther = wanted.adapter().isPresent() && now.isBefore(known.at());
    return isOther && !engine.serving().hash().equals(wanted.identity())
        ? Optional.of("It changes to the update of the model at %s.".formatted(known.at()))
        : Optional.empty();
  }

  private String change(
      ModelSwitch engine, Wanted wanted, Governance governance, Instant now, VoteHand hand) {
    ModelHash model = wanted.model();
    Optional<Proposal.Candidate> known = governance.candidate(model);
    Optional<Path> file = parts.exchange().find(model);
    if (file.isEmpty()) {
      return known
          .map(candidate -> hand.fetch(candidate, now, now.plus(FETCH_WITHIN)))
          .orElseGet(
              () ->
                  "The network's model %s is not in this node's store; import its file."
                      .formatted(model.shortText()));
    }
    try {
      Optional<AdapterFile> adapter = Optional.empty();
      if (wanted.adapter().isPresent()) {
        Optional<Path> found = parts.adapters().find(wanted.adapter().get());
        if (found.isEmpty()) {
          return "It waits for the file of the network's update; a referee gives it.";
        }
        adapter = Optional.of(adapter(found.get(), wanted));
      }
      ServedFiles files = new ServedFiles(file.get(), model, adapter);
      ServedModel bare = parts.models().served(file.get(), model, known);
      engine.serve(files, new ServedModel(files.identity(), bare.name(), bare.contextTokens()));
      asked = Optional.of(files.identity());
    } catch (IOException refused) {
      return "The network's model cannot be served: " + refused.getMessage();
    }
    return engine
        .lastFailure()
        .map(why -> "It changes to the network's model; the last try failed: " + why)
        .orElse("It changes to the network's model.");
  }

  /// Read strictly before the engine sees it.
  private static AdapterFile adapter(Path file, Wanted wanted) throws IOException {
    Digest name = wanted.adapter().orElseThrow();
    try {
      LoraAdapter read = LoraAdapterFile.read(file);
      String base = read.notes().getOrDefault(LoraAdapter.BASE_MODEL, "");
      if (!base.equals(wanted.model().hex())) {
        throw new IOException("its update is for another model");
      }
    } catch (GgufException damaged) {
      throw new IOException(damaged.getMessage(), damaged);
    }
    return new AdapterFile(file, new ModelHash(name.hex()), 1);
  }
}
