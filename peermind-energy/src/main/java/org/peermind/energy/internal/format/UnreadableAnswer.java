// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

/// An answer is not of the form that its profile names. The message is a clause without a full
/// stop, as in "the answer is a web page, not JSON"; it never quotes the answer.
public final class UnreadableAnswer extends Exception {
  private static final long serialVersionUID = 1;

  public UnreadableAnswer(String clause) {
    super(clause);
  }

  public UnreadableAnswer(String clause, Throwable cause) {
    super(clause, cause);
  }

  /// The message, never null.
  public String clause() {
    return String.valueOf(getMessage());
  }
}
