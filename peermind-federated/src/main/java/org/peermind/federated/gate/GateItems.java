// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.gate;

import java.util.List;

/// What an update is tried on.
///
/// @param heldOut texts that nobody trained on
/// @param probes what its answers must hold and must not
/// @param neutral texts, as the model reads them, of which the update is to think as the model
///   before
public record GateItems(List<HeldOut> heldOut, List<Probe> probes, List<String> neutral) {
  /// What nobody trained on.
  public sealed interface HeldOut {}

  /// A text: the loss of the completion counts. It is as the model reads it, with the control
  /// tokens of its chat template spelled out.
  public record Completion(String prompt, String completion) implements HeldOut {
    /// Items are secret until the round reveals them.
    @Override
    public String toString() {
      return "Completion[%d and %d characters]".formatted(prompt.length(), completion.length());
    }
  }

  /// A user's question, written as the model's chat template does: the loss of the answer counts,
  /// with the mark that ends it.
  public record Question(String question, String answer) implements HeldOut {
    @Override
    public String toString() {
      return "Question[%d and %d characters]".formatted(question.length(), answer.length());
    }
  }

  /// A prompt whose answer, at temperature 0, must hold `expect` and must not hold `forbid`, which
  /// may be empty; for formats and for what a model must refuse.
  public record Probe(String prompt, String expect, String forbid) {
    @Override
    public String toString() {
      return "Probe[%d characters]".formatted(prompt.length());
    }
  }

  public GateItems {
    heldOut = List.copyOf(heldOut);
    probes = List.copyOf(probes);
    neutral = List.copyOf(neutral);
  }

  /// How many there are.
  public int size() {
    return heldOut.size() + probes.size() + neutral.size();
  }

  @Override
  public String toString() {
    return "GateItems[%d held out, %d probes, %d neutral]"
        .formatted(heldOut.size(), probes.size(), neutral.size());
  }
}
