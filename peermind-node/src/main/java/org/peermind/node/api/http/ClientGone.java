// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api.http;

import java.io.IOException;

/// The client closed the connection, or was too slow and lost it.
public final class ClientGone extends IOException {
  private static final long serialVersionUID = 1L;

  public ClientGone() {
    super("The client closed the connection");
  }
}
