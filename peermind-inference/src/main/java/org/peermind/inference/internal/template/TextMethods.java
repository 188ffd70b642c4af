// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.internal.template.Value.Callable;
import org.peermind.inference.internal.template.Value.None;
import org.peermind.inference.internal.template.Value.Seq;
import org.peermind.inference.internal.template.Value.Whole;

/// The methods of texts, as Python's `str` has them, and its `%` operator.
final class TextMethods {
  private TextMethods() {}

  /// The method `name` of `text`, or null when it has none.
  static @Nullable Callable of(Text text, String name) {
    return switch (name) {
      case "strip" -> (arguments, budget) -> strip(text, arguments, true, true, budget);
      case "lstrip" -> (arguments, budget) -> strip(text, arguments, true, false, budget);
      case "rstrip" -> (arguments, budget) -> strip(text, arguments, false, true, budget);
      case "split" -> (arguments, budget) -> split(text, arguments, false, budget);
      case "rsplit" -> (arguments, budget) -> split(text, arguments, true, budget);
      case "splitlines" -> (_, budget) -> lines(text, budget);
      case "startswith" -> (arguments, budget) -> Value.of(begins(text, arguments, false, budget));
      case "endswith" -> (arguments, budget) -> Value.of(begins(text, arguments, true, budget));
      case "upper", "lower", "title", "capitalize" -> (_, budget) -> cased(text, name, budget);
      case "replace" ->
          (arguments, budget) -> {
            budget.text(text.length());
            return text.replace(
                text(arguments.required(0, "old")),
                text(arguments.required(1, "new")),
                arguments.whole(2, "count", -1),
                budget);
          };
      case "removeprefix" ->
          (arguments, budget) -> {
            budget.text(text.length());
            Text prefix = text(arguments.required(0, "prefix"));
            return text.chars().startsWith(prefix.chars())
                ? text.sub(prefix.length(), text.length())
                : text;
          };
      case "removesuffix" ->
          (arguments, budget) -> {
            budget.text(text.length());
            Text suffix = text(arguments.required(0, "suffix"));
            return text.chars().endsWith(suffix.chars())
                ? text.sub(0, text.length() - suffix.length())
                : text;
          };
      case "find", "rfind", "index" -> (arguments, budget) -> find(text, name, arguments, budget);
      case "count" ->
          (arguments, budget) -> {
            Text part = text(arguments.required(0, "sub"));
            budget.text(text.length());
            if (part.isEmpty()) {
              return new Whole(text.codePointCount() + 1L);
            }
            return new Whole(text.split(part.chars(), -1, budget).size() - 1L);
          };
      case "join" ->
          (arguments, budget) ->
              joined(Operators.items(arguments.required(0, "items"), budget), text, budget);
      case "format" -> (arguments, budget) -> format(text, arguments, budget);
      case "isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower" ->
          (_, budget) -> {
            budget.text(text.length());
            return Value.of(is(name, text.chars()));
          };
      default -> null;
    };
  }

  /// `value` as a text.
  static Text text(Value value) {
    if (Operators.defined(value) instanceof Text text) {
      return text;
    }
    throw Refusal.because("a %s is no text".formatted(Operators.typeName(value)));
  }

  static Text strip(Text text, Arguments arguments, boolean left, boolean right, Budget budget) {
    budget.text(text.length());
    Value set = arguments.get(0, "chars").orElse(Value.NONE);
    return text.strip(set instanceof None ? null : text(set).chars(), left, right);
  }

  private static boolean is(String name, String chars) {
    String upper = chars.toUpperCase(Locale.ROOT);
    String lower = chars.toLowerCase(Locale.ROOT);
    return switch (name) {
      case "isdigit" -> every(chars, Character::isDigit);
      case "isalpha" -> every(chars, Character::isLetter);
      case "isalnum" -> every(chars, Character::isLetterOrDigit);
      case "isspace" -> every(chars, c -> Text.isSpace((char) c));
      case "isupper" -> chars.equals(upper) && !chars.equals(lower);
      default -> chars.equals(lower) && !chars.equals(upper);
    };
  }

  private static boolean every(String chars, IntPredicate predicate) {
    return !chars.isEmpty() && chars.codePoints().allMatch(predicate);
  }

  private static Value split(Text text, Arguments arguments, boolean fromEnd, Budget budget) {
    budget.text(text.length());
    int most = arguments.whole(1, "maxsplit", -1);
    Value separator = arguments.get(0, "sep").orElse(Value.NONE);
    if (separator instanceof None) {
      budget.items(text.length() / 2);
      if (fromEnd && most >= 0) {
        throw Refusal.because("rsplit without a separator is unknown to Peermind");
      }
      return Seq.list(text.words(most));
    }
    String between = text(separator).chars();
    if (between.isEmpty()) {
      throw Refusal.because("a text is split at an empty separator");
    }
    return Seq.list(
        fromEnd ? text.splitFromEnd(between, most, budget) : text.split(between, most, budget));
  }

  private static Value lines(Text text, Budget budget) {
    budget.text(text.length());
    List<Text> lines = text.split("\n", -1, budget);
    if (lines.getLast().isEmpty()) {
      lines.removeLast();
    }
    return Seq.list(lines);
  }

  private static boolean begins(Text text, Arguments arguments, boolean ends, Budget budget) {
    Value wanted = arguments.required(0, "prefix");
    List<Value> choices = wanted instanceof Seq seq ? seq.items() : List.of(wanted);
    for (Value choice : choices) {
      String part = text(choice).chars();
      budget.read(part.length());
      if (ends ? text.chars().endsWith(part) : text.chars().startsWith(part)) {
        return true;
      }
    }
    return false;
  }

  /// Upper, lower, title or capitalized.
  static Text cased(Text text, String name, Budget budget) {
    budget.text(text.length());
    String chars = text.chars();
    return text.respelled(
        switch (name) {
          case "upper" -> chars.toUpperCase(Locale.ROOT);
          case "lower" -> chars.toLowerCase(Locale.ROOT);
          case "capitalize" ->
              chars.isEmpty()
                  ? chars
                  : chars.substring(0, 1).toUpperCase(Locale.ROOT)
                      + chars.substring(1).toLowerCase(Locale.ROOT);
          default -> titled(chars);
        });
  }

  private static String titled(String chars) {
    StringBuilder titled = new StringBuilder();
    boolean inWord = false;
    for (int i = 0; i < chars.length(); i++) {
      char c = chars.charAt(i);
      titled.append(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inWord = Character.isLetter(c);
    }
    return titled.toString();
  }

  private static Value find(Text text, String name, Arguments arguments, Budget budget) {
    budget.read(text.length());
    String part = text(arguments.required(0, "sub")).chars();
    int at = name.equals("rfind") ? text.chars().lastIndexOf(part) : text.chars().indexOf(part);
    if (at < 0 && name.equals("index")) {
      throw Refusal.because("a text does not contain what is looked for");
    }
    return new Whole(at < 0 ? -1 : text.chars().codePointCount(0, at));
  }

  static Text joined(List<Value> items, Text between, Budget budget) {
    Text.Builder joined = new Text.Builder();
    for (int i = 0; i < items.size(); i++) {
      Text item = Printer.str(items.get(i), budget);
      budget.step();
      budget.text((long) item.length() + between.length());
      if (i > 0) {
        joined.append(between);
      }
      joined.append(item);
      if (joined.length() > Budget.TEXT_CHARS_MAX) {
        budget.text(joined.length());
      }
    }
    return joined.build();
  }

  /// `'{} {name}'.format(...)` with plain fields only.
  private static Text format(Text text, Arguments arguments, Budget budget) {
    Text.Builder result = new Text.Builder();
    String chars = text.chars();
    int automatic = 0;
    int at = 0;
    while (at < chars.length()) {
      char c = chars.charAt(at);
      if ((c == '{' || c == '}') && at + 1 < chars.length() && chars.charAt(at + 1) == c) {
        result.append(text.sub(at, at + 1));
        at += 2;
      } else if (c == '{') {
        int close = chars.indexOf('}', at);
        String field = close < 0 ? "" : chars.substring(at + 1, close);
        budget.steps(field.length());
        if (close < 0 || !field.matches("\\w*")) {
          throw Refusal.because("format knows plain fields like {} and {name} only");
        }
        Text value = Printer.str(field(field, automatic, arguments), budget);
        automatic += field.isEmpty() ? 1 : 0;
        budget.text(value.length());
        result.append(value);
        at = close + 1;
      } else {
        result.append(text.sub(at, at + 1));
        at++;
      }
      budget.step();
      if (result.length() > Budget.TEXT_CHARS_MAX) {
        budget.text(result.length());
      }
    }
    return result.build();
  }

  private static Value field(String field, int automatic, Arguments arguments) {
    if (field.isEmpty()) {
      return arguments.required(automatic, String.valueOf(automatic));
    }
    return field.matches("\\d{1,4}")
        ? arguments.required(Integer.parseInt(field), field)
        : arguments.required(Integer.MAX_VALUE, field);
  }

  /// `text % values` with `%s`, `%d` and `%%` only.
  static Text percent(Text text, Value values, Budget budget) {
    List<Value> given = values instanceof Seq seq && seq.tuple() ? seq.items() : List.of(values);
    budget.text(text.length());
    Text.Builder result = new Text.Builder();
    String chars = text.chars();
    int used = 0;
    int from = 0;
    for (int at = chars.indexOf('%'); at >= 0; at = chars.indexOf('%', from)) {
      result.append(text.sub(from, at));
      char kind = at + 1 < chars.length() ? chars.charAt(at + 1) : ' ';
      if (kind == '%') {
        result.append(text.sub(at, at + 1));
      } else if ((kind == 's' || kind == 'd') && used < given.size()) {
        Text value = Printer.str(given.get(used++), budget);
        budget.text(value.length());
        result.append(value);
      } else {
        throw Refusal.because("the operator % knows %s and %d only, one value for each");
      }
      budget.step();
      if (result.length() > Budget.TEXT_CHARS_MAX) {
        budget.text(result.length());
      }
      from = at + 2;
    }
    return result.append(text.sub(from, chars.length())).build();
  }
}
