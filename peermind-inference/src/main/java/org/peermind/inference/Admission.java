// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

/// The answer of an engine to a request.
public sealed interface Admission {
  /// The answer is being generated.
  record Accepted(Generation generation) implements Admission {}

  /// The engine takes no request now, with the reason in a sentence.
  record Refused(String reason) implements Admission {}
}
