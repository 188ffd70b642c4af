// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

/// Hears how far the loading of a model is.
@FunctionalInterface
public interface LoadProgress {
  /// The steps of loading, in order.
  enum Step {
    /// The file is read and hashed in Java.
    CHECKING,
    /// The child process starts and guards its native library.
    STARTING,
    /// The native library reads the model.
    LOADING
  }

  /// `fraction` of `step` is done, from 0 to 1. Called from the loading thread.
  void at(Step step, double fraction);

  /// Nobody listens.
  static LoadProgress ignored() {
    return (_, _) -> {};
  }
}
