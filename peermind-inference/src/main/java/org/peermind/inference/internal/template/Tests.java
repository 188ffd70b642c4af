// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.Locale;
import org.peermind.inference.internal.template.Value.Bool;
import org.peermind.inference.internal.template.Value.Callable;
import org.peermind.inference.internal.template.Value.Dict;
import org.peermind.inference.internal.template.Value.None;
import org.peermind.inference.internal.template.Value.Real;
import org.peermind.inference.internal.template.Value.Seq;
import org.peermind.inference.internal.template.Value.Undefined;
import org.peermind.inference.internal.template.Value.Whole;

/// Jinja's tests: what may stand after `is`.
final class Tests {
  private Tests() {}

  static boolean holds(String name, Value value, Arguments arguments, Budget budget) {
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value instanceof None;
      case "string" -> value instanceof Text;
      case "mapping" -> value instanceof Dict;
      case "iterable" ->
          value instanceof Seq
              || value instanceof Dict
              || value instanceof Text
              || value instanceof Undefined;
      case "sequence" ->
          value instanceof Seq
              || value instanceof Dict
              || value instanceof Text
              || value instanceof Undefined;
      case "boolean" -> value instanceof Bool;
      case "number" -> value instanceof Whole || value instanceof Real || value instanceof Bool;
      case "integer" -> value instanceof Whole;
      case "float" -> value instanceof Real;
      case "callable" -> value instanceof Callable;
      case "true" -> value instanceof Bool(boolean truth) && truth;
      case "false" -> value instanceof Bool(boolean truth) && !truth;
      case "odd" -> Math.floorMod(Operators.whole(value), 2) == 1;
      case "even" -> Math.floorMod(Operators.whole(value), 2) == 0;
      case "divisibleby" -> divides(value, arguments);
      case "lower", "upper" -> {
        Text text = Printer.str(value, budget);
        budget.text(text.length());
        yield cased(name, text.chars());
      }
      case "in" -> Operators.contains(other(arguments), value, budget);
      case "sameas" -> value.equals(other(arguments));
      case "eq", "equalto", "==" -> Operators.equal(value, other(arguments), budget);
      case "ne", "!=" -> !Operators.equal(value, other(arguments), budget);
      case "lt", "lessthan", "<" -> Operators.compare(value, other(arguments), budget) < 0;
      case "le", "<=" -> Operators.compare(value, other(arguments), budget) <= 0;
      case "gt", "greaterthan", ">" -> Operators.compare(value, other(arguments), budget) > 0;
      case "ge", ">=" -> Operators.compare(value, other(arguments), budget) >= 0;
      default ->
          throw Refusal.because(
              "the test '%s' is unknown to Peermind".formatted(Operators.shortened(name)));
    };
  }

  private static Value other(Arguments arguments) {
    return arguments.required(0, "other");
  }

  private static boolean divides(Value value, Arguments arguments) {
    long divisor = Operators.whole(other(arguments));
    if (divisor == 0) {
      throw Refusal.because("it divides by zero");
    }
    return Operators.whole(value) % divisor == 0;
  }

  private static boolean cased(String name, String chars) {
    String lower = chars.toLowerCase(Locale.ROOT);
    String upper = chars.toUpperCase(Locale.ROOT);
    return !lower.equals(upper) && chars.equals(name.equals("lower") ? lower : upper);
  }
}
