// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.peermind.node.role.ModelSwitch;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Proposal;
import org.peermind.voting.Governance;
import org.peermind.voting.Rollout;

/// Has the engine serve the model that the network decided for this node. One thread uses it.
final class ModelFollower {
  private static final Duration FETCH_WITHIN = Duration.ofHours(1);

  private final Steward.Parts parts;
  private final Steward.Settings settings;
  private Optional<ModelHash> asked = Optional.empty();

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
    ModelHash model = wanted.get();
    boolean isServed = engine.serving().hash().equals(model);
    if (isServed && asked.map(model::equals).orElse(true)) {
      return Optional.of("It serves the network's model.");
    }
    return Optional.of(change(engine, model, governance, now, hand));
  }

  private String change(
      ModelSwitch engine, ModelHash model, Governance governance, Instant now, VoteHand hand) {
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
      engine.serve(file.get(), parts.models().served(file.get(), model, known));
      asked = Optional.of(model);
    } catch (IOException refused) {
      return "The network's model cannot be served: " + refused.getMessage();
    }
    return engine
        .lastFailure()
        .map(why -> "It changes to the network's model; the last try failed: " + why)
        .orElse("It changes to the network's model.");
  }
}
