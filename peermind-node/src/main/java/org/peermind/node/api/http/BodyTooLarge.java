// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api.http;

import java.io.IOException;

/// The body of a request is longer than allowed.
public final class BodyTooLarge extends IOException {
  private static final long serialVersionUID = 1L;

  public BodyTooLarge(int bytesMax) {
    super("The body has more than " + bytesMax + " bytes");
  }
}
