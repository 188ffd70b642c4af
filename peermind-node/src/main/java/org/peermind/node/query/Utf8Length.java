// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.nio.charset.StandardCharsets;

/// How many bytes a text has in UTF-8.
final class Utf8Length {
  private Utf8Length() {}

  static int of(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
