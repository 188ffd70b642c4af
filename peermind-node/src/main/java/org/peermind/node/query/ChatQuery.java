// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.util.List;
import java.util.OptionalLong;

/// A question as the owner asked it, already checked against the allow-list of the API.
///
/// @param model name or SHA-256 of a model
/// @param tokensMax most tokens that the answer may have
/// @param temperature 0 (always the likeliest token) to 2
/// @param topP greater than 0, at most 1
/// @param seed of the sampling; empty means the ticket's
/// @param stop at most four texts that end the answer and are not part of it
public record ChatQuery(
    String model,
    List<Turn> turns,
    int tokensMax,
    double temperature,
    double topP,
    OptionalLong seed,
    List<String> stop) {

  public ChatQuery {
    turns = List.copyOf(turns);
    stop = List.copyOf(stop);
  }

  /// One message of the conversation; the role is system, user or assistant.
  public record Turn(String role, String content) {
    /// Leaves the content out, so that a turn that reaches a log tells nothing.
    @Override
    public String toString() {
      return "Turn[" + role + ", " + content.length() + " characters]";
    }
  }

  /// Bytes of the conversation in UTF-8, the size that limits and size classes count.
  public int promptBytes() {
    long bytes = 0;
    for (Turn turn : turns) {
      bytes += turn.role().length() + (long) Utf8Length.of(turn.content());
    }
    return (int) Math.min(bytes, Integer.MAX_VALUE);
  }

  /// Leaves prompts and stop texts out, so that a query that reaches a log tells nothing.
  @Override
  public String toString() {
    return "ChatQuery[" + model + ", " + turns.size() + " turns]";
  }
}
