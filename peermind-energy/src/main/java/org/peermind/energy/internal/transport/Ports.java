// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import org.peermind.energy.spi.SettingsReader;

/// The setting `port` of a connection.
final class Ports {
  private Ports() {}

  static int read(SettingsReader connection, int otherwise) {
    long port = connection.whole("port", otherwise);
    if (port < 1 || port > 65_535) {
      connection.problem("port", "must lie within 1 and 65535");
      return otherwise;
    }
    return (int) port;
  }
}
