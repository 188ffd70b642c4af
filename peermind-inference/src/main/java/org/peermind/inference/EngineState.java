// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

/// Where the engine of an inferer stands. Only [Ready] takes requests.
public sealed interface EngineState {
  /// No model in memory.
  record Absent() implements EngineState {}

  /// A model is being loaded: `fraction` of `step` is done.
  record Loading(LoadProgress.Step step, double fraction) implements EngineState {}

  /// The model answers.
  record Ready(ModelInfo info) implements EngineState {}

  /// The model answers what it began and takes nothing new.
  record Draining(int running) implements EngineState {}

  /// Loading failed or the engine died `failures` times in a row; it is tried again after a while.
  record Broken(String reason, int failures) implements EngineState {}
}
