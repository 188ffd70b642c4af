// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

/// Something outside the program kept the engine or a model from working. The message is one
/// sentence that a person can act on; it never holds any part of a prompt or an answer.
public final class EngineException extends Exception {
  public EngineException(String sentence) {
    super(sentence);
  }

  public EngineException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
