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
import org.peermind.model.GgufReader;
import org.peermind.model.lora.LoraAdapter;
import org.peermind.model.lora.LoraAdapterFile;
import org.peermind.node.role.ModelSwitch;
import org.peermind.node.role.ServedFiles;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.governance.AdaptedModel;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Proposal;
import org.peermind.voting.Governance;
import org.peermind.voting.Rollout;
import org.peermind.voting.UpdateRollout;

/// Has the engine serve the model that the network decided for this node. One thread uses it.
final class ModelFollower {
  private static final Duration FETCH_WITHIN = Duration.ofHours(1);

  /// Before the file of an adapter that was no good is read again: it may have been fetched anew.
  private static final Duration REFUSED_FOR = Duration.ofMinutes(10);

  private final Steward.Parts parts;
  private final Steward.Settings settings;

  private Optional<ModelHash> asked = Optional.empty();

  /// The adapter that was read last, so that a large file is not read at every look.
  private @Nullable Checked checked;

  /// @param objection why it cannot be served; empty when it can
  private record Checked(ModelHash identity, Optional<String> objection, Instant at) {
    private boolean isAbout(ModelHash wanted, Instant now) {
      return identity.equals(wanted) && (objection.isEmpty() || now.isBefore(at.plus(REFUSED_FOR)));
    }
  }

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
    Wanted served = wanted(governance, wanted.get(), now);
    boolean isServed = engine.serving().hash().equals(served.identity());
    if (isServed && asked.map(served.identity()::equals).orElse(true)) {
      return Optional.of(served.words());
    }
    return Optional.of(change(engine, served, governance, now, hand));
  }

  /// What this node is to serve now: a model, and the adapter that its update made.
  private record Wanted(ModelHash model, Optional<Digest> adapter, String words) {
    ModelHash identity() {
      return AdaptedModel.identity(model, adapter);
    }
  }

  /// Nodes change to an update one after the other, so that there is always one that answers.
  private Wanted wanted(Governance governance, ModelHash model, Instant now) {
    Optional<UpdateRollout> update =
        governance.updateRollout().filter(one -> one.checkpoint().base().equals(model));
    if (update.isEmpty()) {
      return new Wanted(model, Optional.empty(), "It serves the network's model.");
    }
    NodeId self = parts.identity().id();
    Optional<Digest> adapter = update.get().adapterOf(self, now);
    if (now.isBefore(update.get().turnOf(self))) {
      String later =
          "It serves the network's model, and changes to the update of round %d at %s."
              .formatted(update.get().checkpoint().number(), update.get().turnOf(self));
      return new Wanted(model, adapter, later);
    }
    String words =
        governance
            .checkpoint()
            .filter(_ -> adapter.isPresent())
            .map(
                one ->
                    "It serves the network's model with the update of round %d."
                        .formatted(one.number()))
            .orElse("It serves the network's model.");
    return new Wanted(model, adapter, words);
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
        Optional<String> objection = objection(found.get(), file.get(), wanted, now);
        if (objection.isPresent()) {
          return "The network's update cannot be served here, so it goes on without: "
              + objection.get();
        }
        ModelHash name = new ModelHash(wanted.adapter().get().hex());
        adapter = Optional.of(new AdapterFile(found.get(), name, 1));
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

  /// Why an adapter cannot be served with a model; read strictly, once, before the engine sees it.
  private Optional<String> objection(Path adapter, Path model, Wanted wanted, Instant now) {
    Checked known = checked;
    if (known == null || !known.isAbout(wanted.identity(), now)) {
      known = new Checked(wanted.identity(), read(adapter, model, wanted), now);
      checked = known;
    }
    return known.objection();
  }

  private static Optional<String> read(Path adapter, Path model, Wanted wanted) {
    try {
      LoraAdapter read = LoraAdapterFile.read(adapter);
      String base = read.notes().getOrDefault(LoraAdapter.BASE_MODEL, "");
      return base.equals(wanted.model().hex())
          ? read.misfit(GgufReader.read(model))
          : Optional.of("It is an update of another model.");
    } catch (GgufException damaged) {
      return Optional.of(String.valueOf(damaged.getMessage()));
    }
  }
}
