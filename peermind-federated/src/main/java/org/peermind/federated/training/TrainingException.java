// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

/// Training cannot be done, or did not end. The message is one sentence for the owner and quotes
/// nothing of the training data.
public final class TrainingException extends Exception {
  private static final long serialVersionUID = 1L;

  /// What to do about it.
  public enum Reason {
    /// The same would be refused again: the model, the task or the machine must change.
    REFUSED,
    /// Somebody cancelled it or closed the trainer; the checkpoint stays.
    CANCELLED,
    /// The child process died or hangs; with a new trainer the same task goes on from its
    /// checkpoint.
    CRASHED
  }

  private final Reason reason;

  /// @param sentence what, where, and what to do
  public TrainingException(Reason reason, String sentence) {
    super(sentence);
    this.reason = reason;
  }

  /// What to do about it.
  public Reason reason() {
    return reason;
  }

  /// The sentence.
  public String sentence() {
    return String.valueOf(getMessage());
  }
}
