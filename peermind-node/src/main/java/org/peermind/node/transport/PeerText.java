// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

/// Sentences that another node wrote, made fit for a log or a terminal.
public final class PeerText {
  private static final int CHARACTERS_MAX = 300;

  private PeerText() {}

  /// At most 300 characters on one line, without control characters.
  public static String clean(String text) {
    String cut = text.length() > CHARACTERS_MAX ? text.substring(0, CHARACTERS_MAX) : text;
    return cut.replaceAll("[\\p{Cc}\\p{Cf}\\u2028\\u2029]+", " ").strip();
  }
}
