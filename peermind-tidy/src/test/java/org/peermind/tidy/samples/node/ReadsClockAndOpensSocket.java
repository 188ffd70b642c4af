// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.node;

import java.net.Socket;
import java.time.Instant;

record ReadsClockAndOpensSocket(Socket socket) {
  static Instant at() {
    return Instant.now();
  }
}
