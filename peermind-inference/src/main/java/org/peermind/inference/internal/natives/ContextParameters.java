// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Set;
import org.peermind.inference.EngineException;

/// How the context of a model is asked for: everything that is not said here stays at the library's
/// own default.
final class ContextParameters {
  private static final int POOLING_NONE = 0;

  /// `GGML_TYPE_F32`.
  private static final int TYPE_FLOAT = 0;

  /// `LLAMA_FLASH_ATTN_TYPE_DISABLED`.
  private static final int FLASH_ATTENTION_OFF = 0;

  /// `enum llama_pooling_type`: none, and mean.
  private static final Set<String> MEAN_POOLINGS = Set.of("0", "1");

  private ContextParameters() {}

  /// Why `model` gives no vectors of texts, if it gives none: the engine makes the mean over a
  /// text's tokens, and a model that was trained for another way gives wrong vectors by it.
  static Optional<String> refusalOfEmbeddings(LlamaLibrary library, MemorySegment model)
      throws EngineException {
    String family = library.metadata(model, "general.architecture").orElse("");
    String pooling = library.metadata(model, family + ".pooling_type").orElse("0");
    return MEAN_POOLINGS.contains(pooling)
        ? Optional.empty()
        : Optional.of(
            "This model makes vectors in a way that the engine does not know (pooling type %s); ask one that takes the mean."
                .formatted(pooling.replaceAll("[^0-9]", "?")));
  }

  /// A new context, or a null pointer when there is no memory for it.
  static MemorySegment newContext(
      LlamaLibrary library, MemorySegment model, LlamaModel.Shape shape, Arena arena)
      throws EngineException {
    AbiProfile.ContextParams abi = library.profile().context();
    MemorySegment params = library.defaults("llama_context_default_params", abi.bytes(), arena);
    params.set(JAVA_INT, abi.tokens(), shape.cells());
    params.set(JAVA_INT, abi.batch(), shape.batchTokens());
    params.set(JAVA_INT, abi.microBatch(), shape.batchTokens());
    params.set(JAVA_INT, abi.sequences(), shape.sequences());
    params.set(JAVA_INT, abi.threads(), shape.threads());
    params.set(JAVA_INT, abi.threadsBatch(), shape.threads());
    // The other kinds abort the process for some architectures, and give wrong vectors for batches
    // of several sequences; whoever wants a mean computes it from the rows.
    params.set(JAVA_INT, abi.pooling(), POOLING_NONE);
    if (abi.unified().isPresent() && shape.sequences() > 1) {
      // Cells are budgeted over all sequences, and a copied prefix takes none.
      params.set(JAVA_BYTE, abi.unified().getAsInt(), (byte) 1);
    }
    if (shape.fullPrecision()) {
      params.set(JAVA_INT, abi.keyType(), TYPE_FLOAT);
      params.set(JAVA_INT, abi.valueType(), TYPE_FLOAT);
      // On graphics cards it would round keys and values to half precision on the way.
      abi.flashAttention().ifPresent(at -> params.set(JAVA_INT, at, FLASH_ATTENTION_OFF));
    }
    return library.newContext(model, params);
  }
}
