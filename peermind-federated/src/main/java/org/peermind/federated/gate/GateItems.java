// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.gate;

import java.util.List;

/// What an update is tried on. Texts are as the model reads them, with the control tokens of its
/// chat template spelled out.
///
/// @param heldOut texts that nobody trained on
/// @param probes what its answers must hold and must not
/// @param neutral texts of which the update is to think as the model before
public record GateItems(List<HeldOut> heldOut, List<Probe> probes, List<String> neutral) {
  /// A text that nobody trained on: the loss of the completion counts.
  public record HeldOut(String prompt, String completion) {
    /// Items are secret until the round reveals them.
    @Override
    public String toString() {
      return "HeldOut[%d and %d characters]".formatted(prompt.length(), completion.length());
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
