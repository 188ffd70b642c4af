// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.peermind.inference.internal.external.ServerException.Kind;

/// Server-sent events (WHATWG HTML, section 9.2) from chunks that may be cut anywhere, also inside
/// a character. Lines, events and the whole are bounded; bytes that are no UTF-8 are refused.
final class EventLines {
  static final int LINE_BYTES_MAX = 1024 * 1024;

  private final long bytesMax;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
  private final StringBuilder data = new StringBuilder();
  private boolean hasData;
  private boolean afterReturn;
  private boolean first = true;
  private long bytes;

  EventLines(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /// Takes a chunk and gives the data of every event that it completes.
  List<String> feed(byte[] chunk) throws ServerException {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      throw new ServerException(
          Kind.GARBAGE, "The server sent more than an answer of this length can take.");
    }
    List<String> events = new ArrayList<>();
    int from = 0;
    for (int at = 0; at < chunk.length; at++) {
      byte next = chunk[at];
      if (next == '\n' && afterReturn) {
        from = at + 1;
        afterReturn = false;
        continue;
      }
      afterReturn = next == '\r';
      if (next == '\n' || afterReturn) {
        endLine(chunk, from, at - from, events);
        from = at + 1;
      }
    }
    keep(chunk, from, chunk.length - from);
    return events;
  }

  /// Keeps the beginning of a line until the rest of it comes.
  private void keep(byte[] chunk, int from, int length) throws ServerException {
    if (line.size() + length > LINE_BYTES_MAX) {
      throw tooLong();
    }
    line.write(chunk, from, length);
  }

  private void endLine(byte[] chunk, int from, int length, List<String> events)
      throws ServerException {
    String text;
    if (line.size() == 0 && length <= LINE_BYTES_MAX) {
      text = decode(ByteBuffer.wrap(chunk, from, length));
    } else {
      keep(chunk, from, length);
      text = decode(ByteBuffer.wrap(line.toByteArray()));
      line.reset();
    }
    if (first) {
      first = false;
      text = text.startsWith("\ufeff") ? text.substring(1) : text;
    }
    if (text.isEmpty()) {
      if (hasData) {
        events.add(data.toString());
      }
      data.setLength(0);
      hasData = false;
    } else if (text.startsWith("data:")) {
      if (data.length() + text.length() > LINE_BYTES_MAX) {
        throw tooLong();
      }
      if (hasData) {
        data.append('\n');
      }
      hasData = true;
      data.append(text, text.startsWith("data: ") ? 6 : 5, text.length());
    } else if (!text.startsWith(":") && !isOtherField(text)) {
      throw new ServerException(
          Kind.GARBAGE, "The server's stream has a line that is no event of any kind.");
    }
  }

  private static boolean isOtherField(String text) {
    return text.startsWith("event:") || text.startsWith("id:") || text.startsWith("retry:");
  }

  private String decode(ByteBuffer bytesOfLine) throws ServerException {
    try {
      return decoder.decode(bytesOfLine).toString();
    } catch (CharacterCodingException notUtf8) {
      throw new ServerException(Kind.GARBAGE, "The server's stream is not UTF-8.");
    }
  }

  private static ServerException tooLong() {
    return new ServerException(
        Kind.GARBAGE,
        "A line of the server's stream has more than %d bytes.".formatted(LINE_BYTES_MAX));
  }
}
