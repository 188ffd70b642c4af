// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import java.util.Optional;

/// The families of models whose blocks the trainer computes, and how they differ. All have root
/// mean square norms, rotary positions, grouped attention and a gated feed-forward part.
enum Family {
  /// Llama and Mistral: positions turn adjacent numbers of a head.
  LLAMA("llama", Traits.INTERLEAVED),
  /// Qwen 2 and 2.5: biases of queries, keys and values.
  QWEN2("qwen2", 0),
  /// Qwen 3: queries and keys are normed head by head.
  QWEN3("qwen3", Traits.HEAD_NORMS),
  /// Gemma 2: every other block looks back a window only; scores are capped.
  GEMMA2("gemma2", Traits.GEMMA | Traits.CAPPED_ATTENTION),
  /// Gemma 3: five of six blocks look back a window only and turn by another base.
  GEMMA3("gemma3", Traits.GEMMA | Traits.HEAD_NORMS);

  private static final class Traits {
    static final int INTERLEAVED = 1;
    static final int HEAD_NORMS = 2;
    static final int GEMMA = 4;
    static final int CAPPED_ATTENTION = 8;
  }

  private final String architecture;
  private final int traits;

  Family(String architecture, int traits) {
    this.architecture = architecture;
    this.traits = traits;
  }

  /// The family under the name that GGUF files give it.
  static Optional<Family> of(String architecture) {
    for (Family family : values()) {
      if (family.architecture.equals(architecture)) {
        return Optional.of(family);
      }
    }
    return Optional.empty();
  }

  /// The name in GGUF files.
  String architecture() {
    return architecture;
  }

  /// Whether positions turn the pairs (0, 1), (2, 3), ... of a head rather than its two halves.
  boolean interleaved() {
    return has(Traits.INTERLEAVED);
  }

  /// Whether queries and keys are normed head by head.
  boolean headNorms() {
    return has(Traits.HEAD_NORMS);
  }

  /// Whether embeddings are scaled, results are normed before they are added, and the gate is a
  /// GELU in its tanh form.
  boolean gemma() {
    return has(Traits.GEMMA);
  }

  /// Whether attention scores are capped by a hyperbolic tangent.
  boolean cappedAttention() {
    return has(Traits.CAPPED_ATTENTION);
  }

  private boolean has(int trait) {
    return (traits & trait) != 0;
  }
}
