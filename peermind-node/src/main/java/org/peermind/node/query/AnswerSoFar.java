// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;

/// What a worker needs to start an answer, or to take one over exactly where another one left it
/// (design section 6, step 6): the token at position *i* depends on the model, the tokens before
/// it, the seed and *i* alone.
///
/// @param tokens ids already delivered; empty for a new answer
/// @param seed of the sampling; empty until the first worker has it
/// @param model the file that the first worker used; a later one must use the same
/// @param job names the answer at referees; empty until the first ticket
/// @param excluded inferers that just failed this answer
public record AnswerSoFar(
    Query query,
    List<Integer> tokens,
    OptionalLong seed,
    Optional<ModelHash> model,
    Optional<Id16> job,
    Set<NodeId> excluded) {

  public AnswerSoFar {
    tokens = List.copyOf(tokens);
    excluded = Set.copyOf(excluded);
  }

  /// Nothing is delivered yet.
  public static AnswerSoFar none(Query query) {
    return new AnswerSoFar(
        query, List.of(), query.seed(), Optional.empty(), Optional.empty(), Set.of());
  }

  /// The model as a referee or an engine is asked for it.
  public String modelText() {
    return model.map(ModelHash::hex).orElse(query.model());
  }
}
