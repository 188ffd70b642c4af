// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

/// Where the fields lie in the structures of one build of llama.cpp. Structures differ between
/// builds, so a library is driven only by the profile that was measured with it.
///
/// Numbers are bytes; `modelParamsBytes` and `contextParamsBytes` are what the library writes.
public record AbiProfile(
    String name,
    int buildNumber,
    int modelParamsBytes,
    int modelGpuLayers,
    int modelSplitMode,
    int modelProgressCallback,
    int modelUseMmap,
    int contextParamsBytes,
    int contextTokens,
    int contextBatch,
    int contextMicroBatch,
    int contextSequences,
    int contextThreads,
    int contextThreadsBatch,
    int contextBetaFast,
    int contextDefrag,
    int contextTypeK,
    int contextTypeV,
    int contextOffloadKqv,
    int contextNoPerf) {

  /// Build 4916 of March 2025, inside `de.kherud:llama:4.2.0` (inference facts, "Bundled natives").
  public static final AbiProfile B4916 =
      new AbiProfile(
          "b4916", 4916, 64, 8, 12, 32, 57, 120, 0, 4, 8, 12, 16, 20, 52, 64, 88, 92, 98, 100);
}
