// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

/// What an engine can do besides generating text. The scheduler asks only an engine that can for
/// what a request needs.
///
/// @param continuation goes on exactly after given tokens of an answer
/// @param nearTies tells where another machine might choose another token
/// @param logprobs tells how likely its tokens were
/// @param constraints keeps JSON and JSON Schema
/// @param tools renders tools and reads their calls
/// @param embeddings turns texts into vectors
/// @param scoring tells how likely given tokens are ([LoadedModel#score])
/// @param adapters computes with LoRA adapters ([LoadedModel#adapt])
public record EngineFeatures(
    boolean continuation,
    boolean nearTies,
    boolean logprobs,
    boolean constraints,
    boolean tools,
    boolean embeddings,
    boolean scoring,
    boolean adapters) {
  /// Everything.
  public static EngineFeatures all() {
    return new EngineFeatures(true, true, true, true, true, true, true, true);
  }

  /// Text only.
  public static EngineFeatures none() {
    return new EngineFeatures(false, false, false, false, false, false, false, false);
  }
}
