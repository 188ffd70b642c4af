// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.util.List;

/// The head of a log (C2SP tlog-checkpoint): how large its tree is and with which root.
///
/// @param origin names the log
/// @param size of the tree, in entries
/// @param extensions lines after these three, none of them empty
public record Checkpoint(String origin, long size, TreeHash root, List<String> extensions) {
  public Checkpoint {
    extensions = List.copyOf(extensions);
    if (!NoteKey.isName(origin) || size < 0) {
      throw new IllegalArgumentException("a checkpoint has an origin and a size of 0 or more");
    }
    if (extensions.stream().anyMatch(line -> line.isEmpty() || line.contains("\n"))) {
      throw new IllegalArgumentException("a checkpoint's extensions are lines that are not empty");
    }
  }

  /// Reads the text of a note.
  public static Checkpoint parse(String text) throws LedgerException {
    List<String> lines = List.of(text.split("\n", -1));
    if (lines.size() < 4 || !lines.getLast().isEmpty()) {
      throw new LedgerException("a checkpoint has at least three lines");
    }
    if (!lines.get(1).matches("0|[1-9][0-9]{0,17}")) {
      throw new LedgerException("a checkpoint's size is no whole number in plain form");
    }
    TreeHash root = TreeHash.of(StrictBase64.decode(lines.get(2)));
    try {
      return new Checkpoint(
          lines.get(0), Long.parseLong(lines.get(1)), root, lines.subList(3, lines.size() - 1));
    } catch (IllegalArgumentException malformed) {
      throw new LedgerException("a checkpoint has a wrong origin or an empty line", malformed);
    }
  }

  /// What is signed.
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(origin).append('\n').append(size).append('\n').append(root.base64()).append('\n');
    extensions.forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }
}
