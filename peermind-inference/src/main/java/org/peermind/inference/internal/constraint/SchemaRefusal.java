// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

/// A constraint that cannot be enforced, with one sentence for whoever asked. It never leaves this
/// package's entrances, which give the sentence as a value.
final class SchemaRefusal extends Exception {
  private static final long serialVersionUID = 1L;

  SchemaRefusal(String sentence) {
    super(sentence, null, false, false);
  }

  String sentence() {
    return String.valueOf(getMessage());
  }
}
