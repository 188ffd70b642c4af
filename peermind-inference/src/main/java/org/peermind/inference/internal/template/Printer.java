// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
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

/// Values as text, as Python prints them.
final class Printer {
  private static final int SCIENTIFIC_FROM = 16;
  private static final int SCIENTIFIC_BELOW = -4;

  private Printer() {}

  /// What `{{ value }}` prints.
  static Text str(Value value, Budget budget) {
    return switch (value) {
      case Text text -> text;
      case Undefined _ -> Text.EMPTY;
      case None _, Bool _, Whole _, Real _, Seq _, Dict _, Space _, Loop _, Callable _ -> {
        Text.Builder into = new Text.Builder();
        repr(value, into, budget);
        budget.text(into.length());
        yield into.build();
      }
    };
  }

  /// Python's `repr`.
  static void repr(Value value, Text.Builder into, Budget budget) {
    budget.step();
    switch (value) {
      case None _ -> into.append("None");
      case Bool(boolean truth) -> into.append(truth ? "True" : "False");
      case Whole(long number) -> into.append(Long.toString(number));
      case Real(double number) -> into.append(real(number));
      case Text text -> quoted(text, into, budget);
      case Seq seq -> list(seq, into, budget);
      case Dict dict -> mapping(dict, into, budget);
      case Undefined _ -> into.append("Undefined");
      case Space _, Loop _, Callable _ ->
          throw Refusal.because("a %s cannot be printed".formatted(Operators.typeName(value)));
    }
    if (into.length() > Budget.TEXT_CHARS_MAX) {
      budget.text(into.length());
    }
  }

  private static void list(Seq seq, Text.Builder into, Budget budget) {
    budget.enter();
    List<Value> items = seq.items();
    into.append(seq.tuple() ? "(" : "[");
    for (int i = 0; i < items.size(); i++) {
      into.append(i > 0 ? ", " : "");
      repr(items.get(i), into, budget);
    }
    into.append(seq.tuple() && items.size() == 1 ? "," : "").append(seq.tuple() ? ")" : "]");
    budget.leave();
  }

  private static void mapping(Dict dict, Text.Builder into, Budget budget) {
    budget.enter();
    String separator = "{";
    for (Map.Entry<Value, Value> entry : dict.entries().entrySet()) {
      into.append(separator);
      repr(entry.getKey(), into, budget);
      into.append(": ");
      repr(entry.getValue(), into, budget);
      separator = ", ";
    }
    into.append(dict.entries().isEmpty() ? "{}" : "}");
    budget.leave();
  }

  private static void quoted(Text text, Text.Builder into, Budget budget) {
    budget.text(text.length());
    boolean single = text.chars().indexOf('\'') < 0 || text.chars().indexOf('"') >= 0;
    String quote = single ? "'" : "\"";
    into.append(quote);
    for (int i = 0; i < text.length(); i++) {
      char c = text.chars().charAt(i);
      Text original = text.sub(i, i + 1);
      switch (c) {
        case '\\' -> into.append("\\\\");
        case '\n' -> into.append("\\n");
        case '\r' -> into.append("\\r");
        case '\t' -> into.append("\\t");
        case '\'' -> into.append(single ? "\\'" : "'");
        default -> {
          if (c < 0x20 || c == 0x7f) {
            into.append("\\x%02x".formatted((int) c));
          } else {
            into.append(original);
          }
        }
      }
    }
    into.append(quote);
  }

  /// Python's shortest spelling of a floating-point number.
  static String real(double number) {
    if (Double.isNaN(number)) {
      return "nan";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    }
    if (number == 0) {
      return 1 / number < 0 ? "-0.0" : "0.0";
    }
    BigDecimal shortest = new BigDecimal(Double.toString(number)).stripTrailingZeros();
    int exponent = shortest.precision() - shortest.scale() - 1;
    if (exponent < SCIENTIFIC_BELOW || exponent >= SCIENTIFIC_FROM) {
      String digits = shortest.unscaledValue().abs().toString();
      String mantissa =
          digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
      return (number < 0 ? "-" : "")
          + mantissa
          + (exponent < 0 ? "e-" : "e+")
          + (Math.abs(exponent) < 10 ? "0" : "")
          + Math.abs(exponent);
    }
    String plain = shortest.toPlainString();
    return plain.contains(".") ? plain : plain + ".0";
  }
}
