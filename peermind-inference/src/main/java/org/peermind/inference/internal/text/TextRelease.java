// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.text;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Turns the bytes of an answer's tokens into text that is final: an incomplete character is held
/// back, and so is a tail that may still become a stop string.
///
/// What is released after some tokens depends on those tokens and the stop strings alone. So
/// another machine that pushes the same tokens through a new instance, and drops what comes out,
/// goes on exactly after the text that the first one released.
public final class TextRelease {
  private static final int PIECE_CHARS_SPARE = 8;

  private final List<String> stops;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private final StringBuilder held = new StringBuilder();
  private byte[] incomplete = new byte[0];
  private boolean stripLeadingSpace;
  private boolean stopped;

  /// @param stripLeadingSpace whether a space that begins the answer belongs to the tokenizer's way
  ///   of marking words (SentencePiece) and not to the text
  public TextRelease(List<String> stops, boolean stripLeadingSpace) {
    this.stops = List.copyOf(stops);
    this.stripLeadingSpace = stripLeadingSpace;
  }

  /// Takes the bytes of the next token and returns the text that is now final.
  public String push(byte[] piece) {
    if (stopped) {
      return "";
    }
    held.append(decode(withoutLeadingSpace(piece)));
    int stop = firstStop();
    if (stop >= 0) {
      stopped = true;
      return take(stop);
    }
    return take(held.length() - possibleStopLength());
  }

  /// Ends the answer and returns what was held back, unless a stop string ended it. Bytes that
  /// never became a character are dropped.
  public String finish() {
    if (stopped) {
      return "";
    }
    stopped = true;
    return take(held.length());
  }

  /// Whether a stop string or [#finish] ended the answer.
  public boolean stopped() {
    return stopped;
  }

  private byte[] withoutLeadingSpace(byte[] piece) {
    if (!stripLeadingSpace || piece.length == 0) {
      return piece;
    }
    stripLeadingSpace = false;
    return piece[0] == ' ' ? java.util.Arrays.copyOfRange(piece, 1, piece.length) : piece;
  }

  private CharBuffer decode(byte[] piece) {
    ByteBuffer in = ByteBuffer.allocate(incomplete.length + piece.length);
    in.put(incomplete).put(piece).flip();
    CharBuffer out = CharBuffer.allocate(in.remaining() + PIECE_CHARS_SPARE);
    decoder.reset();
    decoder.decode(in, out, false);
    incomplete = new byte[in.remaining()];
    in.get(incomplete);
    return out.flip();
  }

  private int firstStop() {
    int first = -1;
    for (String stop : stops) {
      int at = held.indexOf(stop);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
      }
    }
    return first;
  }

  /// The length of the longest tail that is the beginning of a stop string.
  private int possibleStopLength() {
    int longest = 0;
    for (String stop : stops) {
      int most = Math.min(stop.length() - 1, held.length());
      for (int length = most; length > longest; length--) {
        if (stop.startsWith(held.substring(held.length() - length))) {
          longest = length;
        }
      }
    }
    return longest;
  }

  private String take(int length) {
    String text = held.substring(0, length);
    held.delete(0, length);
    return text;
  }
}
