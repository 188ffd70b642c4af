// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.peermind.demomodel.Question;

/// How an answer is judged. The same answer is judged alike on every machine.
///
/// What a model thinks aloud before a closing `</think>` is not part of its answer.
public sealed interface AnswerCheck {
  /// Answers longer than this are not looked at and wrong.
  int CHARACTERS_MAX = 1 << 16;

  /// Whether `answer` is right.
  boolean accepts(String answer);

  /// The answer's last line that is not blank must be `expected`, or end with it after `is`, `are`,
  /// `:` or `=`. Case, quotation marks, emphasis, blanks, punctuation at the end and commas that
  /// group the digits of a single number do not count; everything else does.
  record Final(String expected) implements AnswerCheck {
    private static final Pattern MARKS = Pattern.compile("[*`\"\u201c\u201d]");
    private static final String END = ".!?;:, ";
    private static final Pattern GROUPING = Pattern.compile("(?<=\\d),(?=\\d{3}(\\D|$))");
    private static final Pattern LEAD = Pattern.compile("(.*[ ,])?(is|are)|.*[:=]");
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?");

    /// @throws IllegalArgumentException unless `expected` is in the form that answers are brought
    ///   into
    public Final {
      if (expected.isEmpty() || !normal(expected, false).equals(expected)) {
        throw new IllegalArgumentException("Not an answer in its normal form: " + expected);
      }
    }

    @Override
    public boolean accepts(String answer) {
      List<String> lines = shown(answer).lines().filter(line -> !line.isBlank()).toList();
      if (lines.isEmpty()) {
        return false;
      }
      String last = normal(lines.getLast(), NUMBER.matcher(expected).matches());
      if (last.equals(expected)) {
        return true;
      }
      String before = last.substring(0, Math.max(0, last.length() - expected.length()));
      boolean isApart = before.endsWith(" ") || before.endsWith("=") || before.endsWith(":");
      return last.endsWith(expected) && isApart && LEAD.matcher(before.strip()).matches();
    }

    private static String normal(String line, boolean isNumber) {
      String text = MARKS.matcher(line).replaceAll("").replace('\u2212', '-');
      text = isNumber ? GROUPING.matcher(text).replaceAll("") : text;
      // Blanks first: of a hostile answer's long runs each is then looked at once.
      text = text.replaceAll("\\s+", " ").replaceAll(" ?, ?", ", ").strip();
      int end = text.length();
      while (end > 0 && END.indexOf(text.charAt(end - 1)) >= 0) {
        end--;
      }
      return text.substring(0, end).toLowerCase(Locale.ROOT);
    }
  }

  /// The whole answer must be one JSON value that equals `expected`. The order of keys and blanks
  /// between the parts do not count; a key twice, or anything around the value, is wrong.
  record Json(JsonNode expected) implements AnswerCheck {
    private static final JsonMapper STRICT =
        JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    public Json {
      expected = expected.deepCopy();
    }

    @Override
    public boolean accepts(String answer) {
      try {
        return expected.equals(STRICT.readTree(shown(answer)));
      } catch (JsonProcessingException _) {
        return false;
      }
    }
  }

  /// The answer must name what the made-up world's fact says and nothing else of its kind.
  record World(Question question) implements AnswerCheck {
    @Override
    public boolean accepts(String answer) {
      return question.accepts(shown(answer));
    }
  }

  /// What is left for the user to read; nothing of an answer that is too long.
  private static String shown(String answer) {
    if (answer.length() > CHARACTERS_MAX) {
      return "";
    }
    int thought = answer.lastIndexOf("</think>");
    return (thought < 0 ? answer : answer.substring(thought + "</think>".length())).strip();
  }
}
