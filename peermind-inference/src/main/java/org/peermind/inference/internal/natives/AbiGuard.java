// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
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
  private static final int COMMIT_BYTES_MAX = 64;

  private AbiGuard() {}

  /// Guard 1: the file is the pinned one.
  static void checkDigest(Path file) throws EngineException {
    try {
      if (!BundledLibrary.matches(file)) {
        throw new EngineException(
            "The engine library %s is not the pinned one; delete it and it is unpacked again."
                .formatted(file));
      }
    } catch (IOException e) {
      throw new EngineException("The engine library %s cannot be read.".formatted(file), e);
    }
  }

  /// Guards 2 to 5, on a library whose digest was checked. Returns what passed, one phrase each.
  static List<String> check(LlamaLibrary library, Path scratch) throws EngineException {
    AbiProfile profile = library.profile();
    List<String> passed = new ArrayList<>();
    passed.add("digest " + BundledLibrary.sha256().substring(0, 12));
    int build = buildNumber(library);
    require(build == profile.buildNumber(), "its build number is " + build);
    passed.add("build number " + build);
    checkSize(library, "llama_model_default_params", profile.modelParamsBytes());
    checkSize(library, "llama_context_default_params", profile.contextParamsBytes());
    passed.add(
        "structure sizes %d and %d bytes"
            .formatted(profile.modelParamsBytes(), profile.contextParamsBytes()));
    checkModelDefaults(library);
    checkContextDefaults(library);
    passed.add("known defaults at their offsets");
    passed.add("golden logits within " + GoldenModel.check(library, scratch));
    return passed;
  }

  /// The commit that the library was built from.
  static String commit(LlamaLibrary library) throws EngineException {
    MemorySegment pointer = data(library, "LLAMA_COMMIT", ADDRESS.byteSize()).get(ADDRESS, 0);
    return pointer.reinterpret(COMMIT_BYTES_MAX).getString(0);
  }

  private static int buildNumber(LlamaLibrary library) throws EngineException {
    return data(library, "LLAMA_BUILD_NUMBER", JAVA_INT.byteSize()).get(JAVA_INT, 0);
  }

  private static MemorySegment data(LlamaLibrary library, String name, long bytes)
      throws EngineException {
    return library
        .symbols()
        .find(name)
        .orElseThrow(() -> refusal("it does not say " + name))
        .reinterpret(bytes);
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

  private static void checkModelDefaults(LlamaLibrary library) throws EngineException {
    AbiProfile profile = library.profile();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment params =
          library.defaults("llama_model_default_params", profile.modelParamsBytes(), arena);
      requireInt(params, profile.modelGpuLayers(), 0, "n_gpu_layers");
      requireInt(params, profile.modelSplitMode(), 1, "split_mode");
      require(params.get(JAVA_BYTE, profile.modelUseMmap()) == 1, "use_mmap is not where it was");
    }
  }

  private static void checkContextDefaults(LlamaLibrary library) throws EngineException {
    AbiProfile profile = library.profile();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment params =
          library.defaults("llama_context_default_params", profile.contextParamsBytes(), arena);
      requireInt(params, profile.contextTokens(), 512, "n_ctx");
      requireInt(params, profile.contextBatch(), 2048, "n_batch");
      requireInt(params, profile.contextMicroBatch(), 512, "n_ubatch");
      requireInt(params, profile.contextSequences(), 1, "n_seq_max");
      requireInt(params, profile.contextThreads(), 4, "n_threads");
      requireInt(params, profile.contextThreadsBatch(), 4, "n_threads_batch");
      requireInt(params, profile.contextTypeK(), 1, "type_k");
      requireInt(params, profile.contextTypeV(), 1, "type_v");
      require(
          params.get(JAVA_FLOAT, profile.contextBetaFast()) == 32, "yarn_beta_fast is elsewhere");
      require(params.get(JAVA_FLOAT, profile.contextDefrag()) == -1, "defrag_thold is elsewhere");
      require(
          params.get(JAVA_BYTE, profile.contextOffloadKqv()) == 1
              && params.get(JAVA_BYTE, profile.contextNoPerf()) == 1,
          "offload_kqv or no_perf is not where it was");
    }
  }

  private static void requireInt(MemorySegment params, int offset, int expected, String field)
      throws EngineException {
    int found = params.get(JAVA_INT, offset);
    require(found == expected, "%s is %d and not %d".formatted(field, found, expected));
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
