// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

/// The API cannot listen; the message is one sentence for the owner that names the key to change.
public final class ApiNotStarted extends Exception {
  private static final long serialVersionUID = 1L;

  ApiNotStarted(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
