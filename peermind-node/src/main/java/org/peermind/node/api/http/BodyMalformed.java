// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api.http;

import java.io.IOException;

/// The body of a request is not framed as HTTP/1.1 demands (RFC 9112 section 7).
public final class BodyMalformed extends IOException {
  private static final long serialVersionUID = 1L;

  public BodyMalformed() {
    super("The chunks of the body are malformed");
  }
}
