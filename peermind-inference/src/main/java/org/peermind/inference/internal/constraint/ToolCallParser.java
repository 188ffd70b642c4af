// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.inference.ConstraintCheck;
import org.peermind.inference.ToolCall;

/// Parts an answer, while it is written, into text for the reader and calls of tools.
///
/// Text that may be the beginning of a call's mark is held back. What was released after some
/// pieces depends on their joint text alone, so an answer that is continued elsewhere is parted the
/// same way. Calls get the ids `call_0`, `call_1` and so on; whoever needs ids that are unique
/// beyond the answer makes them so. White space around marks does not matter, and a missing suffix
/// is forgiven at the end, for an answer without a constraint is read as well.
public final class ToolCallParser {
  /// The longest text of calls that is kept; what is longer counts as unfinished.
  public static final int CALLS_CHARACTERS_MAX = 1 << 20;

  private static final int NESTING_MAX = 2 * ConstraintCheck.ANSWER_NESTING_MAX;
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(NESTING_MAX).build())
          .build();

  private enum Place {
    /// Nothing but white space so far, which may stand before a call without a mark.
    BEGINNING,
    TEXT,
    CALLS
  }

  private final CallSyntax syntax;
  private final StringBuilder held = new StringBuilder();
  private final List<ToolCall> calls = new ArrayList<>();
  private final JsonExtent extent = new JsonExtent();
  private Place place;
  private boolean awaitsMark;
  private boolean broken;

  public ToolCallParser(CallSyntax syntax) {
    this.syntax = syntax;
    place = syntax.prefix().isEmpty() ? Place.BEGINNING : Place.TEXT;
  }

  /// What an answer was in the end.
  ///
  /// @param text that was still held back and is for the reader
  /// @param calls in their order, each whole
  /// @param unfinished whether a call was begun and not finished, or not in the form of a call; its
  ///   text is in neither of the others
  public record Outcome(String text, List<ToolCall> calls, boolean unfinished) {
    public Outcome {
      calls = List.copyOf(calls);
    }
  }

  /// Takes the next piece of the answer and returns what is certainly text for the reader.
  public String push(String piece) {
    if (held.length() + piece.length() > CALLS_CHARACTERS_MAX) {
      broken |= place == Place.CALLS;
    }
    if (broken) {
      return "";
    }
    held.append(piece);
    return switch (place) {
      case BEGINNING -> begin();
      case TEXT -> text();
      case CALLS -> calls();
    };
  }

  /// Ends the answer.
  public Outcome finish() {
    if (place == Place.CALLS && !broken && !awaitsMark) {
      int end = extent.end(held);
      if (end >= 0 && read(held.substring(0, end))) {
        held.setLength(0); // only (a part of) the suffix is missing
      }
    }
    boolean unfinished = place == Place.CALLS && (broken || !held.toString().isBlank());
    String rest = place == Place.CALLS ? "" : held.toString();
    held.setLength(0);
    return new Outcome(rest, calls, unfinished);
  }

  private String begin() {
    String text = held.toString().stripLeading();
    if (text.isEmpty()) {
      return "";
    }
    if (text.charAt(0) == '{' || text.charAt(0) == '[') {
      held.delete(0, held.length() - text.length());
      place = Place.CALLS;
      return calls();
    }
    place = Place.TEXT;
    return text();
  }

  private String text() {
    if (syntax.prefix().isEmpty()) {
      return take(held.length());
    }
    int mark = held.indexOf(syntax.prefix());
    if (mark < 0) {
      return take(held.length() - possibleMarkLength());
    }
    String before = take(mark);
    held.delete(0, syntax.prefix().length());
    place = Place.CALLS;
    return before + calls();
  }

  /// The length of the longest tail that is the beginning of the mark.
  private int possibleMarkLength() {
    String mark = syntax.prefix();
    for (int length = Math.min(mark.length() - 1, held.length()); length > 0; length--) {
      if (mark.startsWith(held.substring(held.length() - length))) {
        return length;
      }
    }
    return 0;
  }

  /// Takes whole calls from the beginning of what is held; nothing of it is ever for the reader.
  private String calls() {
    while (!broken && (!awaitsMark || skipToNextCall())) {
      int end = extent.end(held);
      if (end < 0) {
        broken = extent.impossible();
        break;
      }
      int after = skipBlank(end);
      String rest = held.substring(after);
      if (!rest.startsWith(syntax.suffix())) {
        broken = !syntax.suffix().startsWith(rest);
        break;
      }
      broken = !read(held.substring(0, end));
      held.delete(0, after + syntax.suffix().length());
      extent.reset();
      awaitsMark = true;
    }
    return "";
  }

  private int skipBlank(int from) {
    int at = from;
    while (at < held.length() && Character.isWhitespace(held.charAt(at))) {
      at++;
    }
    return at;
  }

  /// Removes white space and the mark before another call; whether one begins.
  private boolean skipToNextCall() {
    int begin = skipBlank(0);
    String rest = held.substring(begin);
    if (rest.isEmpty() || (syntax.prefix().startsWith(rest) && !rest.equals(syntax.prefix()))) {
      return false;
    }
    boolean another = rest.startsWith(syntax.prefix()) && calls.size() < ConstraintCheck.CALLS_MAX;
    if (!another) {
      broken = true;
      return false;
    }
    held.delete(0, begin + syntax.prefix().length());
    awaitsMark = false;
    return true;
  }

  /// Reads one call, or the array of all; whether it had that form.
  private boolean read(String json) {
    try (JsonParser parser = JSON.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        return readCall(parser, json);
      }
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (!readCall(parser, json)) {
          return false;
        }
      }
      return true;
    } catch (IOException malformed) {
      return false;
    }
  }

  private boolean readCall(JsonParser parser, String json) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT
        || calls.size() >= ConstraintCheck.CALLS_MAX) {
      return false;
    }
    Optional<String> name = Optional.empty();
    Optional<String> arguments = Optional.empty();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      int begin = (int) parser.currentTokenLocation().getCharOffset();
      if (key.equals(syntax.nameKey()) && value == JsonToken.VALUE_STRING) {
        name = Optional.of(parser.getText());
      }
      parser.skipChildren();
      if (key.equals(syntax.argumentsKey()) && value == JsonToken.START_OBJECT) {
        arguments =
            Optional.of(json.substring(begin, (int) parser.currentLocation().getCharOffset()));
      }
    }
    boolean usable =
        name.isPresent()
            && arguments.isPresent()
            && !name.get().isEmpty()
            && name.get().length() <= ToolCall.NAME_CHARACTERS_MAX;
    if (usable) {
      calls.add(new ToolCall("call_" + calls.size(), name.get(), arguments.get()));
    }
    return usable;
  }

  private String take(int length) {
    String text = held.substring(0, length);
    held.delete(0, length);
    return text;
  }

  /// Finds where the JSON value that begins a text ends, looking at each character once.
  private static final class JsonExtent {
    private int at;
    private int depth;
    private boolean quoted;
    private boolean escaped;
    private boolean impossible;
    private int end = -1;

    void reset() {
      at = 0;
      depth = 0;
      end = -1;
    }

    /// Whether no call can begin like this.
    boolean impossible() {
      return impossible;
    }

    int end(CharSequence text) {
      while (end < 0 && !impossible && at < text.length()) {
        char c = text.charAt(at++);
        if (quoted) {
          quoted = escaped || c != '"';
          escaped = !escaped && c == '\\';
        } else if (c == '"') {
          quoted = true;
        } else if (c == '{' || c == '[') {
          depth++;
          impossible = depth > NESTING_MAX;
        } else if (c == '}' || c == ']') {
          depth--;
          end = depth <= 0 ? at : -1;
        }
        impossible |= depth == 0 && end < 0 && !Character.isWhitespace(c);
      }
      return end;
    }
  }
}
