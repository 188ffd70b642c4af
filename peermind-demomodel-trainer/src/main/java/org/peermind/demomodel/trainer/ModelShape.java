// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel.trainer;

/// The sizes of a Llama model. `keyHeads` is the number of key and value heads.
public record ModelShape(
    int vocabulary, int width, int layers, int heads, int keyHeads, int feedForward, int context) {
  /// The base of the rotary position angles.
  public static final float ROPE_BASE = 10_000f;

  /// What is added to the mean square in a norm.
  public static final float NORM_EPSILON = 1e-5f;

  public ModelShape {
    boolean positive =
        vocabulary > 0
            && width > 0
            && layers > 0
            && heads > 0
            && keyHeads > 0
            && feedForward > 0
            && context > 0;
    if (!positive || width % heads != 0 || heads % keyHeads != 0 || width / heads % 2 != 0) {
      throw new IllegalArgumentException(
          "The sizes do not fit: width %d, heads %d, key heads %d; give positive sizes, heads that"
                  .formatted(width, heads, keyHeads)
              + " divide the width into even parts, and key heads that divide the heads");
    }
  }

  /// The sizes of the demo model for a vocabulary.
  public static ModelShape demo(int vocabulary) {
    return new ModelShape(vocabulary, 128, 4, 4, 4, 384, 512);
  }

  /// Those of a smaller model of the same world, to be proposed beside it: 60 % of its weights.
  public static ModelShape small(int vocabulary) {
    return new ModelShape(vocabulary, 96, 4, 4, 4, 288, 512);
  }

  /// How many numbers one head works on.
  public int headWidth() {
    return width / heads;
  }
}
