// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

/// Why a template cannot be read or rendered; caught at the edge of this package and turned into a
/// value with one sentence.
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// Whether the template itself refused the conversation, by `raise_exception`.
  private final boolean raised;

  private Refusal(String reason, boolean raised) {
    super(reason, null, false, false);
    this.raised = raised;
  }

  /// The template needs something that is not there or exceeds a bound; `reason` is a clause
  /// without a full stop.
  static Refusal because(String reason) {
    return new Refusal(reason, false);
  }

  /// The template called `raise_exception(message)`.
  static Refusal raised(String message) {
    return new Refusal(message, true);
  }

  boolean wasRaised() {
    return raised;
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
