// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

/// How the attempt to get a model's memory back ended.
public sealed interface Release {
  /// It is free, as far as the server or the system tells.
  record Freed() implements Release {}

  /// It is not, or nobody can say; one sentence tells why and what to do.
  record Held(String sentence) implements Release {}
}
