// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import org.peermind.inference.GenerationEvent.FailureKind;

/// Something outside the program kept the engine or a model from working. The message is one
/// sentence that a person can act on; it never holds any part of a prompt or an answer.
public final class EngineException extends Exception {
  private final boolean crash;
  private final boolean memory;
  private final FailureKind kind;

  public EngineException(String sentence) {
    this(sentence, false, FailureKind.CRASHED);
  }

  public EngineException(String sentence, Throwable cause) {
    super(sentence, cause);
    crash = false;
    memory = false;
    kind = FailureKind.CRASHED;
  }

  private EngineException(String sentence, boolean crash, FailureKind kind) {
    this(sentence, crash, kind, false);
  }

  private EngineException(String sentence, boolean crash, FailureKind kind, boolean memory) {
    super(sentence);
    this.crash = crash;
    this.kind = kind;
    this.memory = memory;
  }

  /// A running engine's refusal of one request.
  public static EngineException ofRefusal(FailureKind kind, String sentence) {
    return new EngineException(sentence, false, kind);
  }

  /// Why, in the words of a generation's failure; `CRASHED` when the request is not to blame.
  public FailureKind kind() {
    return kind;
  }

  /// A refusal because the engine's process died over the model.
  public static EngineException ofCrash(String sentence) {
    return new EngineException(sentence, true, FailureKind.CRASHED);
  }

  /// A refusal because the model does not fit into the memory that is free now.
  public static EngineException ofMemory(String sentence) {
    return new EngineException(sentence, false, FailureKind.CRASHED, true);
  }

  /// Whether only memory is wanting.
  public boolean isMemory() {
    return memory;
  }

  /// Whether the engine's process died over the model, which it will do again.
  public boolean isCrash() {
    return crash;
  }
}
