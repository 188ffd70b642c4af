// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import java.util.List;
import org.peermind.model.GgufFile;

/// What a model file says about the computation, with llama.cpp's defaults where it says nothing.
///
/// @param context tokens that the model was made for
/// @param width numbers of one token's stream
/// @param keyWidth numbers of a head's query and key
/// @param valueWidth numbers of a head's value
/// @param normEpsilon is added to the mean square
/// @param attentionScale of the products of queries and keys
/// @param attentionCap bound of the scores, or 0
/// @param outputCap bound of the logits, or 0
/// @param positions how all blocks turn, but those with a window
/// @param windowPositions how blocks with a window turn
/// @param window tokens that such a block sees, itself included, or 0 when no block has one
/// @param windowPeriod the last block of each such period has no window
record NetworkShape(
    Family family,
    int vocabulary,
    int context,
    int width,
    int blocks,
    int heads,
    int keyHeads,
    int keyWidth,
    int valueWidth,
    int feedForward,
    double normEpsilon,
    double attentionScale,
    double attentionCap,
    double outputCap,
    Turning positions,
    Turning windowPositions,
    int window,
    int windowPeriod) {

  /// Rotary positions.
  ///
  /// @param base of the geometric row of wave lengths
  /// @param scale of the positions (1 divided by the factor of linear scaling)
  record Turning(double base, double scale) {}

  private static final double GEMMA_3_WINDOW_BASE = 10_000;
  private static final int GEMMA_2_WINDOW = 4096;

  /// Whether a block sees a window only.
  boolean windowed(int block) {
    return window > 0 && block % windowPeriod < windowPeriod - 1;
  }

  /// Reads and checks the shape of `model`.
  ///
  /// @throws UnsupportedModelException in one sentence when the family is unknown, or a key says
  ///   that something else is computed
  static NetworkShape of(GgufFile model) throws UnsupportedModelException {
    Family family =
        Family.of(model.architecture())
            .orElseThrow(
                () ->
                    new UnsupportedModelException(
                        "The trainer does not know the architecture %s; it knows %s."
                            .formatted(
                                model.architecture(),
                                List.of(Family.values()).stream()
                                    .map(Family::architecture)
                                    .toList())));
    Metadata metadata = new Metadata(model);
    ignoreWhatChangesNothing(metadata);
    int width = metadata.size("embedding_length");
    int heads = metadata.size("attention.head_count");
    int keyHeads = metadata.size("attention.head_count_kv", heads);
    int keyWidth = metadata.size("attention.key_length", width / heads);
    int valueWidth = metadata.size("attention.value_length", width / heads);
    int blocks = metadata.size("block_count");
    Turning turning = turning(metadata, keyWidth);
    boolean large = family.gemma() && blocks == (family == Family.GEMMA2 ? 46 : 62);
    int perHead = large ? width / heads : keyWidth;
    NetworkShape shape =
        new NetworkShape(
            family,
            model.vocabularySize(),
            metadata.size("context_length"),
            width,
            blocks,
            heads,
            keyHeads,
            keyWidth,
            valueWidth,
            metadata.size("feed_forward_length"),
            metadata.number("attention.layer_norm_rms_epsilon", 0),
            1 / Math.sqrt(perHead),
            family.cappedAttention() ? metadata.number("attn_logit_softcapping", 50) : 0,
            outputCap(family, metadata),
            turning,
            windowTurning(family, metadata, turning),
            window(family, metadata),
            windowPeriod(family));
    metadata.refuseUnread();
    shape.check();
    return shape;
  }

  private static void ignoreWhatChangesNothing(Metadata metadata) throws UnsupportedModelException {
    metadata.ignore("vocab_size");
    metadata.ignore("tensor_data_layout");
    metadata.ignore("rope.scaling.original_context_length");
    metadata.ignore("rope.scaling.finetuned");
    metadata.ignore("mm.tokens_per_image");
    metadata.only("expert_count", 0);
    metadata.only("expert_used_count", 0);
    metadata.only("attention.causal", 1);
    metadata.only("rope.scaling.attn_factor", 1);
  }

  private static Turning turning(Metadata metadata, int keyWidth) throws UnsupportedModelException {
    if (metadata.size("rope.dimension_count", keyWidth) != keyWidth) {
      throw metadata.refusal("rope.dimension_count", "is not the length of a key");
    }
    String kind = metadata.text("rope.scaling.type", "linear");
    double old = metadata.number("rope.scale_linear", 0);
    double factor = metadata.number("rope.scaling.factor", old);
    if (!kind.equals("linear") && !kind.equals("none")) {
      throw metadata.refusal(
          "rope.scaling.type", "is " + kind + ", and the trainer computes linear and none");
    }
    double scale = factor == 0 || kind.equals("none") ? 1 : 1 / factor;
    return new Turning(metadata.number("rope.freq_base", 10_000), scale);
  }

  private static Turning windowTurning(Family family, Metadata metadata, Turning turning)
      throws UnsupportedModelException {
    return switch (family) {
      case GEMMA2 ->
          new Turning(metadata.number("rope.freq_base_swa", turning.base()), turning.scale());
      case GEMMA3 -> new Turning(metadata.number("rope.freq_base_swa", GEMMA_3_WINDOW_BASE), 1);
      case LLAMA, QWEN2, QWEN3 -> turning;
    };
  }

  private static double outputCap(Family family, Metadata metadata)
      throws UnsupportedModelException {
    return switch (family) {
      case GEMMA2 -> metadata.number("final_logit_softcapping", 30);
      case GEMMA3 -> metadata.number("final_logit_softcapping", 0);
      case LLAMA, QWEN2, QWEN3 -> 0;
    };
  }

  private static int window(Family family, Metadata metadata) throws UnsupportedModelException {
    return switch (family) {
      case GEMMA2 -> {
        metadata.only("attention.sliding_window_pattern", windowPeriod(family));
        yield metadata.whole("attention.sliding_window", GEMMA_2_WINDOW);
      }
      case GEMMA3 -> {
        metadata.only("attention.sliding_window_pattern", windowPeriod(family));
        yield metadata.whole("attention.sliding_window", 0);
      }
      case LLAMA, QWEN2, QWEN3 -> {
        // llama.cpp computes no window for these families, and neither does the trainer.
        metadata.ignore("attention.sliding_window");
        yield 0;
      }
    };
  }

  private static int windowPeriod(Family family) {
    return switch (family) {
      case GEMMA2 -> 2;
      case GEMMA3 -> 6;
      case LLAMA, QWEN2, QWEN3 -> 1;
    };
  }

  private void check() throws UnsupportedModelException {
    String fault =
        heads % keyHeads != 0
            ? "%d heads cannot share %d keys".formatted(heads, keyHeads)
            : keyWidth % 2 != 0
                ? "a key of %d numbers cannot turn in pairs".formatted(keyWidth)
                : !(normEpsilon > 0)
                    ? "it does not state attention.layer_norm_rms_epsilon"
                    : attentionCap < 0 || outputCap < 0 || !(positions.scale() > 0)
                        ? "a cap or the scale of positions is negative"
                        : family == Family.GEMMA2 && window == 0 ? "its window is 0 tokens" : "";
    if (!fault.isEmpty()) {
      throw new UnsupportedModelException("The trainer cannot compute this model: " + fault + ".");
    }
  }
}
