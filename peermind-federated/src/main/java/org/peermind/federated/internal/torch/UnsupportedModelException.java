// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

/// The trainer does not compute this model, or not in this way; the message is one sentence that
/// names what stands in the way.
public final class UnsupportedModelException extends Exception {
  private static final long serialVersionUID = 1L;

  UnsupportedModelException(String sentence) {
    super(sentence);
  }
}
