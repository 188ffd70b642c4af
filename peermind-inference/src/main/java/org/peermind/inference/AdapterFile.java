// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.nio.file.Path;
import org.peermind.protocol.ModelHash;

/// A LoRA adapter to compute with: `file` is a GGUF adapter that must have the hash `sha256`, and
/// `scale` multiplies its effect (1 as it was trained, 0 as if it were not there). The engine
/// applies `scale * alpha / rank`, alpha as the file says.
public record AdapterFile(Path file, ModelHash sha256, float scale) {
  /// The largest effect, in either direction; more than this has no use but to break a model.
  public static final float SCALE_MAX = 64;

  /// @throws IllegalArgumentException when the scale is no number or out of its bounds
  public AdapterFile {
    if (!(Math.abs(scale) <= SCALE_MAX)) {
      throw new IllegalArgumentException(
          "An adapter's scale is from -%s to %s, not %s".formatted(SCALE_MAX, SCALE_MAX, scale));
    }
  }

  /// The same file with another effect.
  public AdapterFile withScale(float other) {
    return new AdapterFile(file, sha256, other);
  }
}
