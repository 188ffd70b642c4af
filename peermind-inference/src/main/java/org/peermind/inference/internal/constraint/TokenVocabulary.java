// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

/// The tokens of a model, as far as constraints need them.
public interface TokenVocabulary {
  /// How many tokens there are; ids run from 0.
  int size();

  /// The bytes that a token adds to the answer's text; none for one that adds nothing (control
  /// tokens, end tokens), which a constrained answer never has except at its end. Where the
  /// template's mark of a tool call is a control token, these are the bytes of the mark.
  byte[] bytes(int token);

  /// Whether a token ends the answer.
  boolean ends(int token);
}
