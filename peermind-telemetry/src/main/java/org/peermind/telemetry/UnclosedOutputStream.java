// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/// Leaves the stream below it open, because Logback closes its appender's stream on a reset and
/// standard error belongs to the process.
final class UnclosedOutputStream extends FilterOutputStream {
  UnclosedOutputStream(OutputStream out) {
    super(out);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
  }

  @Override
  public void close() throws IOException {
    flush();
  }
}
