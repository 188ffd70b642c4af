// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal;

/// Something cannot be done in the child process. The message is one sentence for the owner and
/// quotes nothing of the training data.
public class RefusalException extends Exception {
  private static final long serialVersionUID = 1L;

  /// @param sentence what, where, and what to do
  public RefusalException(String sentence) {
    super(sentence);
  }

  /// The sentence.
  public String sentence() {
    return String.valueOf(getMessage());
  }
}
