// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

/// A token of a template's source; `text` is the decoded string of [Kind#STRING].
record Token(Kind kind, String text, int line) {
  enum Kind {
    DATA,
    BLOCK_BEGIN,
    BLOCK_END,
    OUTPUT_BEGIN,
    OUTPUT_END,
    NAME,
    STRING,
    WHOLE,
    REAL,
    OPERATOR,
    END
  }

  boolean is(Kind wanted, String spelling) {
    return kind == wanted && text.equals(spelling);
  }
}
