// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeHome;
import org.peermind.protocol.Sha256;

/// A text that the node keeps in its directory over restarts, with the site that it is about and a
/// checksum, so that a damaged, cut or strange file is told from a good one.
///
/// @param site what the text holds for; a text of another site is not read
/// @param bytesMax the longest file that is read
record KeptText(NodeHome home, Path file, String site, int bytesMax) {
  private static final String HEADING = "peermind-kept 1 ";

  KeptText {
    if (!site.matches("[\\x21-\\x7e]{1,100}")) {
      throw new IllegalArgumentException("A site is named by 1 to 100 characters without spaces.");
    }
  }

  /// What the file holds.
  sealed interface Content {
    /// There is none.
    record Absent() implements Content {}

    record Good(String text) implements Content {}

    /// There is one that cannot be believed; `why` is a sentence without a full stop.
    record Doubtful(String why) implements Content {}
  }

  Content read() {
    String whole;
    try {
      if (Files.size(file) > bytesMax) {
        return new Content.Doubtful("it is larger than %d bytes".formatted(bytesMax));
      }
      // Damaged bytes are characters too here; what they changed, the checksum says.
      whole = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException none) {
      return new Content.Absent();
    } catch (IOException unreadable) {
      return new Content.Doubtful(
          "it cannot be read (" + unreadable.getClass().getSimpleName() + ")");
    }
    int end = whole.indexOf('\n');
    if (end < 0 || !whole.startsWith(HEADING)) {
      return new Content.Doubtful("it is cut, or not a file of this program");
    }
    String text = whole.substring(end + 1);
    String[] words = whole.substring(HEADING.length(), end).split(" ", -1);
    if (words.length != 2 || !words[0].equals(checksum(words[1], text))) {
      return new Content.Doubtful("it is damaged");
    }
    return words[1].equals(site)
        ? new Content.Good(text)
        : new Content.Doubtful("it is about another site or energy adapter");
  }

  /// Replaces the file in one step; after a power loss the old or the new text is there.
  void write(String text) throws ConfigException {
    home.write(file, HEADING + checksum(site, text) + " " + site + "\n" + text);
  }

  /// Puts a doubtful file out of the way, for the owner to look at; only the latest is kept.
  void setAside() throws IOException {
    Files.move(
        file,
        file.resolveSibling(file.getFileName() + ".set-aside"),
        StandardCopyOption.REPLACE_EXISTING);
  }

  private static String checksum(String site, String text) {
    byte[] bytes = (site + "\n" + text).getBytes(StandardCharsets.ISO_8859_1);
    return HexFormat.of().formatHex(Sha256.of(bytes));
  }
}
