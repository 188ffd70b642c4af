// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peermind.inference.internal.template.Value.Bool;
import org.peermind.inference.internal.template.Value.Callable;
import org.peermind.inference.internal.template.Value.Dict;
import org.peermind.inference.internal.template.Value.Loop;
import org.peermind.inference.internal.template.Value.None;
import org.peermind.inference.internal.template.Value.Real;
import org.peermind.inference.internal.template.Value.Seq;
import org.peermind.inference.internal.template.Value.Space;
import org.peermind.inference.internal.template.Value.Undefined;
import org.peermind.inference.internal.template.Value.Whole;

/// The filter `tojson` as Hugging Face's transformers defines it: Python's `json.dumps` without
/// ASCII escapes and without HTML escapes.
final class JsonText {
  private static final int INDENT_MAX = 32;

  private final Budget budget;
  private final Text.Builder into = new Text.Builder();
  private final boolean ascii;
  private final boolean sorted;
  private final int indent;
  private final String itemSeparator;
  private final String keySeparator;

  private JsonText(Arguments arguments, Budget budget) {
    this.budget = budget;
    ascii = arguments.flag(0, "ensure_ascii", false);
    Optional<Value> spaces = arguments.get(1, "indent");
    indent =
        spaces.isEmpty() || spaces.get() instanceof None
            ? -1
            : Math.clamp(Operators.whole(spaces.get()), 0, INDENT_MAX);
    sorted = arguments.flag(3, "sort_keys", false);
    Optional<Value> separators = arguments.get(2, "separators");
    if (separators.isPresent()
        && separators.get() instanceof Seq seq
        && seq.items().size() == 2
        && seq.items().getFirst() instanceof Text item
        && seq.items().getLast() instanceof Text key) {
      itemSeparator = item.chars();
      keySeparator = key.chars();
    } else {
      itemSeparator = indent < 0 ? ", " : ",";
      keySeparator = ": ";
    }
  }

  static Text of(Value value, Arguments arguments, Budget budget) {
    JsonText json = new JsonText(arguments, budget);
    json.write(value, 0);
    budget.text(json.into.length());
    return json.into.build();
  }

  private void write(Value value, int level) {
    budget.step();
    if (into.length() > Budget.TEXT_CHARS_MAX) {
      budget.text(into.length());
    }
    switch (value) {
      case None _ -> into.append("null");
      case Bool(boolean truth) -> into.append(truth ? "true" : "false");
      case Whole(long number) -> into.append(Long.toString(number));
      case Real(double number) -> into.append(number(number));
      case Text text -> string(text);
      case Seq seq -> list(seq.items(), level);
      case Dict dict -> mapping(dict, level);
      case Undefined(String what) -> throw Refusal.because(Operators.shortened(what));
      case Space _, Loop _, Callable _ ->
          throw Refusal.because("a %s has no JSON".formatted(Operators.typeName(value)));
    }
  }

  private static String number(double number) {
    if (Double.isNaN(number)) {
      return "NaN";
    }
    return Double.isInfinite(number)
        ? (number > 0 ? "Infinity" : "-Infinity")
        : Printer.real(number);
  }

  private void list(List<Value> items, int level) {
    if (items.isEmpty()) {
      into.append("[]");
      return;
    }
    budget.enter();
    into.append("[");
    for (int i = 0; i < items.size(); i++) {
      into.append(i > 0 ? itemSeparator : "");
      newLine(level + 1);
      write(items.get(i), level + 1);
    }
    newLine(level);
    into.append("]");
    budget.leave();
  }

  private void mapping(Dict dict, int level) {
    if (dict.entries().isEmpty()) {
      into.append("{}");
      return;
    }
    budget.enter();
    List<Map.Entry<Value, Value>> entries = new ArrayList<>(dict.entries().entrySet());
    if (sorted) {
      entries.sort(Comparator.comparing(entry -> Printer.str(entry.getKey(), budget).chars()));
    }
    String separator = "";
    into.append("{");
    for (Map.Entry<Value, Value> entry : entries) {
      into.append(separator);
      newLine(level + 1);
      string(key(entry.getKey()));
      into.append(keySeparator);
      write(entry.getValue(), level + 1);
      separator = itemSeparator;
    }
    newLine(level);
    into.append("}");
    budget.leave();
  }

  private Text key(Value key) {
    return switch (key) {
      case Text text -> text;
      case Bool(boolean truth) -> Text.own(truth ? "true" : "false");
      case None _ -> Text.own("null");
      case Whole _, Real _, Undefined _, Seq _, Dict _, Space _, Loop _, Callable _ ->
          Printer.str(key, budget);
    };
  }

  private void newLine(int level) {
    if (indent >= 0) {
      into.append("\n" + " ".repeat(indent * level));
    }
  }

  private void string(Text text) {
    budget.text(text.length());
    into.append("\"");
    String chars = text.chars();
    int from = 0;
    for (int i = 0; i < chars.length(); i++) {
      Optional<String> escape = escape(chars.charAt(i));
      if (escape.isPresent()) {
        into.append(text.sub(from, i)).append(escape.get());
        from = i + 1;
      }
    }
    into.append(text.sub(from, chars.length())).append("\"");
  }

  private Optional<String> escape(char c) {
    return switch (c) {
      case '"' -> Optional.of("\\\"");
      case '\\' -> Optional.of("\\\\");
      case '\n' -> Optional.of("\\n");
      case '\r' -> Optional.of("\\r");
      case '\t' -> Optional.of("\\t");
      case '\b' -> Optional.of("\\b");
      case '\f' -> Optional.of("\\f");
      default ->
          c < 0x20 || (ascii && c > 0x7e)
              ? Optional.of("\\u%04x".formatted((int) c))
              : Optional.empty();
    };
  }
}
