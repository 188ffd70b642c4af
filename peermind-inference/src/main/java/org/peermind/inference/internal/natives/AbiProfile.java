// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.peermind.inference.EngineException;

/// Where the fields lie in the structures of one build of llama.cpp, and what its functions are
/// called. Structures differ between builds, so a library is driven only by the profile that was
/// measured with it (inference facts, "Offsets").
///
/// @param adaptersTogether whether one call sets all adapters of a context, and not one each
/// @param noRoomCodes what `llama_decode` returns when the memory for tokens has no room
public record AbiProfile(
    String name,
    ModelParams model,
    ContextParams context,
    SequenceFunctions sequences,
    boolean adaptersTogether,
    Set<Integer> noRoomCodes) {
  private static final int VERSION_CHARS_MAX = 64;
  private static final int BUILD_B4916 = 4916;
  private static final String VERSION_0_5_0 = "0.5.0";

  public AbiProfile {
    noRoomCodes = Set.copyOf(noRoomCodes);
  }

  /// `struct llama_model_params`: offsets in bytes. The library writes `bytesWritten`; what is
  /// passed is as long as `bytes`, with the padding at its end.
  record ModelParams(
      int bytes,
      int bytesWritten,
      int gpuLayers,
      int progressCallback,
      List<KnownDefault> defaults) {
    ModelParams {
      defaults = List.copyOf(defaults);
    }
  }

  /// `struct llama_context_params`: offsets in bytes. `unified` says where to ask for one memory
  /// that all sequences share, `flashAttention` where to choose how attention is computed; both
  /// where that is a choice that is not off by itself.
  record ContextParams(
      int bytes,
      int tokens,
      int batch,
      int microBatch,
      int sequences,
      int threads,
      int threadsBatch,
      int pooling,
      int keyType,
      int valueType,
      OptionalInt flashAttention,
      OptionalInt unified,
      List<KnownDefault> defaults) {
    ContextParams {
      defaults = List.copyOf(defaults);
    }
  }

  /// The calls on the memory for tokens. With `ofMemory` their first argument is not the context
  /// but what `llama_get_memory` returns for it.
  record SequenceFunctions(String prefix, boolean ofMemory) {}

  /// A field whose default value is known and not zero: finding it where it is expected says that
  /// the structure is laid out as expected.
  record KnownDefault(String field, int offset, Width width, double value) {
    boolean holds(MemorySegment params) {
      return found(params) == value;
    }

    double found(MemorySegment params) {
      return switch (width) {
        case BYTE -> params.get(JAVA_BYTE, offset);
        case INT -> params.get(JAVA_INT, offset);
        case FLOAT -> params.get(JAVA_FLOAT, offset);
      };
    }
  }

  /// How a field is stored.
  enum Width {
    BYTE,
    INT,
    FLOAT
  }

  /// Build 4916 of March 2025, inside `de.kherud:llama:4.2.0`.
  static final AbiProfile B4916 =
      new AbiProfile(
          "b4916",
          new ModelParams(
              64,
              64,
              8,
              32,
              List.of(
                  integer("n_gpu_layers", 8, 0),
                  integer("split_mode", 12, 1),
                  flag("use_mmap", 57))),
          new ContextParams(
              120,
              0,
              4,
              8,
              12,
              16,
              20,
              28,
              88,
              92,
              OptionalInt.empty(),
              OptionalInt.empty(),
              List.of(
                  integer("n_ctx", 0, 512),
                  integer("n_batch", 4, 2048),
                  integer("n_ubatch", 8, 512),
                  integer("n_seq_max", 12, 1),
                  integer("n_threads", 16, 4),
                  integer("n_threads_batch", 20, 4),
                  integer("pooling_type", 28, -1),
                  number("yarn_beta_fast", 52, 32),
                  number("defrag_thold", 64, -1),
                  integer("type_k", 88, 1),
                  integer("type_v", 92, 1),
                  flag("offload_kqv", 98),
                  flag("no_perf", 100))),
          new SequenceFunctions("llama_kv_self_", false),
          false,
          Set.of(1, -3));

  /// Release 0.5.0, inside the npm packages `@node-llama-cpp/<platform>` 3.22.1.
  static final AbiProfile V0_5_0 =
      new AbiProfile(
          "v0.5.0",
          new ModelParams(
              80,
              78,
              16,
              48,
              List.of(
                  integer("n_gpu_layers", 16, -1),
                  integer("split_mode", 20, 1),
                  integer("load_mode", 24, -1),
                  flag("use_extra_bufts", 74))),
          new ContextParams(
              160,
              0,
              4,
              8,
              12,
              28,
              32,
              44,
              104,
              108,
              OptionalInt.of(52),
              OptionalInt.of(133),
              List.of(
                  integer("n_ctx", 0, 512),
                  integer("n_batch", 4, 2048),
                  integer("n_ubatch", 8, 512),
                  integer("n_seq_max", 12, 1),
                  integer("n_outputs_max_per_seq", 24, 1),
                  integer("n_threads", 28, 4),
                  integer("n_threads_batch", 32, 4),
                  integer("pooling_type", 44, -1),
                  integer("flash_attn_type", 52, -1),
                  number("yarn_beta_fast", 72, -1),
                  number("defrag_thold", 84, -1),
                  integer("type_k", 104, 1),
                  integer("type_v", 108, 1),
                  flag("offload_kqv", 129),
                  flag("no_perf", 130),
                  flag("swa_full", 132))),
          new SequenceFunctions("llama_memory_", true),
          true,
          Set.of(1));

  /// The profile of a library, by what the library says of itself.
  ///
  /// @throws EngineException when it says nothing known
  static AbiProfile of(NativeSymbols symbols) throws EngineException {
    var number = symbols.find("LLAMA_BUILD_NUMBER");
    if (number.isPresent()) {
      int build = number.get().reinterpret(Integer.BYTES).get(JAVA_INT, 0);
      if (build == BUILD_B4916) {
        return B4916;
      }
      throw unknown("build " + build);
    }
    if (symbols.find("llama_version").isEmpty()) {
      throw unknown("a build that does not say its version");
    }
    String version = version(symbols);
    if (version.equals(VERSION_0_5_0) || version.startsWith(VERSION_0_5_0 + "-")) {
      return V0_5_0;
    }
    throw unknown("version " + version);
  }

  /// The build that a library of a known profile says to be.
  String build(NativeSymbols symbols) throws EngineException {
    var commit = symbols.find("LLAMA_COMMIT");
    if (commit.isPresent()) {
      MemorySegment text =
          commit.get().reinterpret(ValueLayout.ADDRESS.byteSize()).get(ValueLayout.ADDRESS, 0);
      return name + " (" + text.reinterpret(VERSION_CHARS_MAX).getString(0) + ")";
    }
    return name + " (" + version(symbols) + ")";
  }

  private static String version(NativeSymbols symbols) throws EngineException {
    MemorySegment text = symbols.text("llama_version");
    return text.address() == 0 ? "" : text.reinterpret(VERSION_CHARS_MAX).getString(0);
  }

  private static EngineException unknown(String what) {
    return new EngineException(
        "The engine library is refused, because its binary interface is not known: it is %s of llama.cpp, and this program knows build 4916 and version 0.5.0."
            .formatted(what));
  }

  private static KnownDefault integer(String field, int offset, int value) {
    return new KnownDefault(field, offset, Width.INT, value);
  }

  private static KnownDefault number(String field, int offset, float value) {
    return new KnownDefault(field, offset, Width.FLOAT, value);
  }

  private static KnownDefault flag(String field, int offset) {
    return new KnownDefault(field, offset, Width.BYTE, 1);
  }
}
