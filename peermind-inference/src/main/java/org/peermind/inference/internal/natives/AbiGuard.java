// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.peermind.inference.EngineException;

/// Decides whether a native library is the one that an [AbiProfile] describes. A structure laid out
/// otherwise would not fail but compute nonsense, so each guard refuses rather than warns.
final class AbiGuard {
  private static final int CANARY_BYTES = 512;
  private static final byte[] FILLS = {(byte) 0xA5, 0x5A};
  private static final String MODEL_DEFAULTS = "llama_model_default_params";
  private static final String CONTEXT_DEFAULTS = "llama_context_default_params";

  private AbiGuard() {}

  /// Guards 2 to 5, on a library whose digest was checked and whose profile its own version chose.
  /// Returns what passed, one phrase each.
  static List<String> check(LlamaLibrary library, Path scratch) throws EngineException {
    AbiProfile profile = library.profile();
    AbiProfile.ModelParams model = profile.model();
    AbiProfile.ContextParams context = profile.context();
    List<String> passed = new ArrayList<>();
    passed.add("profile " + profile.name() + " by the library's own version");
    checkSize(library, MODEL_DEFAULTS, model.bytesWritten());
    checkSize(library, CONTEXT_DEFAULTS, context.bytes());
    passed.add("structure sizes %d and %d bytes".formatted(model.bytes(), context.bytes()));
    checkDefaults(library, MODEL_DEFAULTS, model.bytes(), model.defaults());
    checkDefaults(library, CONTEXT_DEFAULTS, context.bytes(), context.defaults());
    passed.add("known defaults at their offsets");
    passed.add("golden logits within " + GoldenModel.check(library, scratch));
    return passed;
  }

  /// The canary: a function that returns a structure into a larger, marked memory betrays the
  /// structure's size by the last mark that it changed.
  private static void checkSize(LlamaLibrary library, String function, int expectedBytes)
      throws EngineException {
    int written = 0;
    for (byte fill : FILLS) {
      byte[] marked = new byte[CANARY_BYTES];
      Arrays.fill(marked, fill);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment memory = arena.allocateFrom(JAVA_BYTE, marked);
        MemorySegment aligned = arena.allocate(CANARY_BYTES, 16).copyFrom(memory);
        library.defaults(function, CANARY_BYTES, (_, _) -> aligned);
        for (int i = 0; i < CANARY_BYTES; i++) {
          if (aligned.get(JAVA_BYTE, i) != fill) {
            written = Math.max(written, i + 1);
          }
        }
      }
    }
    require(
        written == expectedBytes,
        "%s writes %d bytes and not %d".formatted(function, written, expectedBytes));
  }

  private static void checkDefaults(
      LlamaLibrary library, String function, int bytes, List<AbiProfile.KnownDefault> defaults)
      throws EngineException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment params = library.defaults(function, bytes, arena);
      for (AbiProfile.KnownDefault known : defaults) {
        require(
            known.holds(params),
            "%s of %s is %s and not %s"
                .formatted(known.field(), function, known.found(params), known.value()));
      }
    }
  }

  static void require(boolean held, String otherwise) throws EngineException {
    if (!held) {
      throw refusal(otherwise);
    }
  }

  private static EngineException refusal(String reason) {
    return new EngineException(
        "The engine library is refused, because its binary interface is not the known one: %s."
            .formatted(reason));
  }
}
