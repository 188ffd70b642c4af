// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

/// The model store cannot do what was asked; the message is one sentence that says why and what to
/// do.
public final class ModelStoreException extends Exception {
  private static final long serialVersionUID = 1L;

  public ModelStoreException(String sentence) {
    super(sentence);
  }

  public ModelStoreException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
