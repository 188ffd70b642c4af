// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.nio.file.Path;
import java.util.Optional;
import org.peermind.protocol.ModelHash;

/// The model to load: `file` must have the hash `sha256`. `contextTokens` is the memory for tokens
/// that all `slots` share, `slots` how many answers run at once, `threads` how many processor cores
/// are used. With `fullPrecision` keys and values are kept as 32-bit numbers, in twice the memory:
/// scores then agree with a trainer's, which half precision moves by 1e-4. `adapter` is applied to
/// every answer from the first one on.
public record ModelSpec(
    Path file,
    ModelHash sha256,
    int contextTokens,
    int slots,
    int threads,
    boolean fullPrecision,
    Optional<AdapterFile> adapter) {
  public static final int CONTEXT_TOKENS_MAX = 1 << 20;
  public static final int SLOTS_MAX = 64;
  public static final int THREADS_MAX = 512;

  /// @throws IllegalArgumentException when a number is out of its bounds
  public ModelSpec {
    require("contextTokens", contextTokens, 32, CONTEXT_TOKENS_MAX);
    require("slots", slots, 1, SLOTS_MAX);
    require("threads", threads, 1, THREADS_MAX);
  }

  /// The model as its file has it, with keys and values in half precision.
  public ModelSpec(Path file, ModelHash sha256, int contextTokens, int slots, int threads) {
    this(file, sha256, contextTokens, slots, threads, false, Optional.empty());
  }

  /// The same with keys and values as 32-bit numbers.
  public ModelSpec withFullPrecision() {
    return new ModelSpec(file, sha256, contextTokens, slots, threads, true, adapter);
  }

  /// The same with an adapter, or without any.
  public ModelSpec withAdapter(Optional<AdapterFile> other) {
    return new ModelSpec(file, sha256, contextTokens, slots, threads, fullPrecision, other);
  }

  /// For a server that has the model: it reads no file and takes no count of threads from here.
  public static ModelSpec external(ModelHash declared, int contextTokens, int slots) {
    return new ModelSpec(Path.of(""), declared, contextTokens, slots, 1);
  }

  /// One thread less than the machine has: the engine's threads spin, and a machine whose cores all
  /// spin slows down many times over (measured, inference facts section B).
  public static int defaultThreads() {
    return Math.max(1, Runtime.getRuntime().availableProcessors() - 1);
  }

  private static void require(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s must be from %d to %d, not %d".formatted(name, least, most, value));
    }
  }
}
