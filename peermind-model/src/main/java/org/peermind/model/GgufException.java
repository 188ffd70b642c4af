// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

/// A file that is not a GGUF model this program accepts. The message is one sentence that says what
/// is wrong and where.
public final class GgufException extends Exception {
  public GgufException(String sentence) {
    super(sentence);
  }
}
