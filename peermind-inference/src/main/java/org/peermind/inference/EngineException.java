// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

/// Something outside the program kept the engine or a model from working. The message is one
/// sentence that a person can act on; it never holds any part of a prompt or an answer.
public final class EngineException extends Exception {
  private final boolean crash;

  public EngineException(String sentence) {
    super(sentence);
    crash = false;
  }

  public EngineException(String sentence, Throwable cause) {
    super(sentence, cause);
    crash = false;
  }

  private EngineException(String sentence, boolean crash) {
    super(sentence);
    this.crash = crash;
  }

  /// A refusal because the engine's process died over the model.
  public static EngineException ofCrash(String sentence) {
    return new EngineException(sentence, true);
  }

  /// Whether the engine's process died over the model, which it will do again.
  public boolean isCrash() {
    return crash;
  }
}
