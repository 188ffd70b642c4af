// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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

/// The operators of the template language, with Python's meaning.
final class Operators {
  private static final int SHOWN_CHARS_MAX = 80;

  private Operators() {}

  static boolean truth(Value value) {
    return switch (value) {
      case None _, Undefined _ -> false;
      case Bool(boolean truth) -> truth;
      case Whole(long number) -> number != 0;
      case Real(double number) -> number != 0;
      case Text text -> !text.isEmpty();
      case Seq seq -> !seq.items().isEmpty();
      case Dict dict -> !dict.entries().isEmpty();
      case Space _, Loop _, Callable _ -> true;
    };
  }

  /// The name that Python gives to the type.
  static String typeName(Value value) {
    return switch (value) {
      case None _ -> "None";
      case Undefined _ -> "undefined value";
      case Bool _ -> "bool";
      case Whole _ -> "int";
      case Real _ -> "float";
      case Text _ -> "str";
      case Seq seq -> seq.tuple() ? "tuple" : "list";
      case Dict _ -> "dict";
      case Space _ -> "namespace";
      case Loop _ -> "loop";
      case Callable _ -> "function";
    };
  }

  /// The beginning of a name from a template, without control characters, for a sentence.
  static String shortened(String name) {
    boolean fits = name.length() <= SHOWN_CHARS_MAX;
    String shown = fits ? name : name.substring(0, SHOWN_CHARS_MAX) + "...";
    return shown.replaceAll("\\p{Cntrl}", " ");
  }

  /// `value`, unless it is undefined.
  static Value defined(Value value) {
    if (value instanceof Undefined(String what)) {
      throw Refusal.because(shortened(what));
    }
    return value;
  }

  static boolean equal(Value left, Value right, Budget budget) {
    budget.step();
    return switch (left) {
      case None _ -> right instanceof None;
      case Undefined _ -> right instanceof Undefined;
      case Text text -> {
        budget.read(text.length());
        yield text.equals(right);
      }
      case Bool _, Whole _, Real _ -> isNumeric(right) && compareNumbers(left, right) == 0;
      case Seq seq ->
          right instanceof Seq other
              && seq.tuple() == other.tuple()
              && equalItems(seq.items(), other.items(), budget);
      case Dict dict -> right instanceof Dict other && equalEntries(dict, other, budget);
      case Space _, Loop _, Callable _ -> left.equals(right);
    };
  }

  private static boolean equalItems(List<Value> left, List<Value> right, Budget budget) {
    budget.enter();
    boolean equal = left.size() == right.size();
    for (int i = 0; equal && i < left.size(); i++) {
      equal = equal(left.get(i), right.get(i), budget);
    }
    budget.leave();
    return equal;
  }

  private static boolean equalEntries(Dict left, Dict right, Budget budget) {
    budget.enter();
    boolean equal = left.entries().size() == right.entries().size();
    for (Map.Entry<Value, Value> entry : left.entries().entrySet()) {
      Value other = right.entries().get(entry.getKey());
      equal = equal && other != null && equal(entry.getValue(), other, budget);
    }
    budget.leave();
    return equal;
  }

  private static boolean isNumeric(Value value) {
    return value instanceof Whole || value instanceof Real || value instanceof Bool;
  }

  private static double real(Value value) {
    return switch (value) {
      case Real(double number) -> number;
      case Whole(long number) -> number;
      case Bool(boolean truth) -> truth ? 1 : 0;
      case None _, Undefined _, Text _, Seq _, Dict _, Space _, Loop _, Callable _ ->
          throw Refusal.because("a %s is no number".formatted(typeName(value)));
    };
  }

  /// The whole number, or the number that a truth value stands for.
  static long whole(Value value) {
    return switch (defined(value)) {
      case Whole(long number) -> number;
      case Bool(boolean truth) -> truth ? 1 : 0;
      case None _, Undefined _, Real _, Text _, Seq _, Dict _, Space _, Loop _, Callable _ ->
          throw Refusal.because("a %s is no whole number".formatted(typeName(value)));
    };
  }

  private static int compareNumbers(Value left, Value right) {
    return left instanceof Real || right instanceof Real
        ? Double.compare(real(left) + 0.0, real(right) + 0.0)
        : Long.compare(whole(left), whole(right));
  }

  /// The order of two values, as `<` sees it.
  static int compare(Value left, Value right, Budget budget) {
    budget.step();
    if (left instanceof Text a && right instanceof Text b) {
      budget.read(Math.min(a.length(), b.length()));
      return a.chars().compareTo(b.chars());
    }
    if (isNumeric(left) && isNumeric(right)) {
      return compareNumbers(left, right);
    }
    if (left instanceof Seq a && right instanceof Seq b && a.tuple() == b.tuple()) {
      budget.enter();
      for (int i = 0; i < Math.min(a.items().size(), b.items().size()); i++) {
        if (!equal(a.items().get(i), b.items().get(i), budget)) {
          int order = compare(a.items().get(i), b.items().get(i), budget);
          budget.leave();
          return order;
        }
      }
      budget.leave();
      return Integer.compare(a.items().size(), b.items().size());
    }
    throw Refusal.because(
        "a %s and a %s have no order".formatted(typeName(defined(left)), typeName(defined(right))));
  }

  static boolean compared(Value left, String operator, Value right, Budget budget) {
    return switch (operator) {
      case "==" -> equal(left, right, budget);
      case "!=" -> !equal(left, right, budget);
      case "<" -> compare(left, right, budget) < 0;
      case ">" -> compare(left, right, budget) > 0;
      case "<=" -> compare(left, right, budget) <= 0;
      case ">=" -> compare(left, right, budget) >= 0;
      case "in" -> contains(right, left, budget);
      case "not in" -> !contains(right, left, budget);
      default -> throw new IllegalStateException("No comparison is called " + operator);
    };
  }

  /// The entry of `dict` for `key`, or null.
  static @Nullable Value find(Dict dict, Value key, Budget budget) {
    if (key instanceof Text text) {
      budget.read(text.length());
    }
    return dict.entries().get(key);
  }

  static boolean contains(Value container, Value item, Budget budget) {
    return switch (container) {
      case Text text -> {
        if (!(defined(item) instanceof Text part)) {
          throw Refusal.because("a text cannot contain a %s".formatted(typeName(item)));
        }
        budget.read(text.length());
        yield text.chars().contains(part.chars());
      }
      case Dict dict -> find(dict, item, budget) != null;
      case Seq seq -> {
        for (Value other : seq.items()) {
          if (equal(other, item, budget)) {
            yield true;
          }
        }
        yield false;
      }
      case Undefined _ -> false;
      case None _, Bool _, Whole _, Real _, Space _, Loop _, Callable _ ->
          throw Refusal.because("a %s contains nothing".formatted(typeName(container)));
    };
  }

  static Value binary(Value left, String operator, Value right, Budget budget) {
    if (operator.equals("~")) {
      return concat(Printer.str(left, budget), Printer.str(right, budget), budget);
    }
    defined(left);
    defined(right);
    return switch (operator) {
      case "+" -> add(left, right, budget);
      case "*" -> multiply(left, right, budget);
      case "%" ->
          left instanceof Text text
              ? TextMethods.percent(text, right, budget)
              : remainder(left, right);
      case "-", "/", "//", "**" -> arithmetic(left, operator, right);
      default -> throw new IllegalStateException("No operator is called " + operator);
    };
  }

  static Text concat(Text left, Text right, Budget budget) {
    budget.text((long) left.length() + right.length());
    return left.plus(right);
  }

  private static Value add(Value left, Value right, Budget budget) {
    if (left instanceof Text a && right instanceof Text b) {
      return concat(a, b, budget);
    }
    if (left instanceof Seq a && right instanceof Seq b && a.tuple() == b.tuple()) {
      budget.items((long) a.items().size() + b.items().size());
      Seq sum = new Seq(a.items(), a.tuple());
      sum.items().addAll(b.items());
      return sum;
    }
    return arithmetic(left, "+", right);
  }

  private static Value multiply(Value left, Value right, Budget budget) {
    if (left instanceof Text text && right instanceof Whole(long times)) {
      return repeated(text, times, budget);
    }
    if (left instanceof Whole(long times) && right instanceof Text text) {
      return repeated(text, times, budget);
    }
    if (left instanceof Seq seq && right instanceof Whole(long times)) {
      long copies = Math.max(0, times);
      budget.items(seq.items().isEmpty() ? 0 : saturated(copies, seq.items().size()));
      Seq product = new Seq(List.of(), seq.tuple());
      for (long i = 0; i < copies && !seq.items().isEmpty(); i++) {
        product.items().addAll(seq.items());
      }
      return product;
    }
    return arithmetic(left, "*", right);
  }

  private static long saturated(long a, long b) {
    return a > Long.MAX_VALUE / b ? Long.MAX_VALUE : a * b;
  }

  private static Value repeated(Text text, long times, Budget budget) {
    if (times <= 0 || text.isEmpty()) {
      return Text.EMPTY;
    }
    budget.text(saturated(times, text.length()));
    Text.Builder product = new Text.Builder();
    for (long i = 0; i < times; i++) {
      product.append(text);
    }
    return product.build();
  }

  private static Value remainder(Value left, Value right) {
    if (left instanceof Real || right instanceof Real) {
      double divisor = nonZero(real(right));
      double rest = real(left) % divisor;
      return new Real(rest != 0 && (rest < 0) != (divisor < 0) ? rest + divisor : rest);
    }
    return new Whole(Math.floorMod(wholeOperand(left), nonZero(wholeOperand(right))));
  }

  private static long wholeOperand(Value value) {
    return (long) requireNumeric(value);
  }

  private static double requireNumeric(Value value) {
    return real(value);
  }

  private static Value arithmetic(Value left, String operator, Value right) {
    if (!isNumeric(left) || !isNumeric(right)) {
      throw Refusal.because(
          "a %s and a %s have no '%s'".formatted(typeName(left), typeName(right), operator));
    }
    boolean reals = left instanceof Real || right instanceof Real || operator.equals("/");
    try {
      return reals
          ? new Real(ofReals(real(left), operator, real(right)))
          : new Whole(ofWholes(whole(left), operator, whole(right)));
    } catch (ArithmeticException _) {
      throw Refusal.because("a number becomes too large");
    }
  }

  private static double ofReals(double left, String operator, double right) {
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> left / nonZero(right);
      case "//" -> Math.floor(left / nonZero(right));
      case "**" -> Math.pow(left, right);
      default -> throw new IllegalStateException("No operator is called " + operator);
    };
  }

  private static long ofWholes(long left, String operator, long right) {
    return switch (operator) {
      case "+" -> Math.addExact(left, right);
      case "-" -> Math.subtractExact(left, right);
      case "*" -> Math.multiplyExact(left, right);
      case "//" -> Math.floorDiv(left, nonZero(right));
      case "**" -> power(left, right);
      default -> throw new IllegalStateException("No operator is called " + operator);
    };
  }

  private static long power(long base, long exponent) {
    if (exponent < 0 || exponent > 64) {
      throw Refusal.because("a power has an exponent outside of 0 to 64");
    }
    long result = 1;
    for (long i = 0; i < exponent; i++) {
      result = Math.multiplyExact(result, base);
    }
    return result;
  }

  private static double nonZero(double divisor) {
    if (divisor == 0) {
      throw Refusal.because("it divides by zero");
    }
    return divisor;
  }

  private static long nonZero(long divisor) {
    if (divisor == 0) {
      throw Refusal.because("it divides by zero");
    }
    return divisor;
  }

  static Value signed(boolean negative, Value value) {
    return switch (defined(value)) {
      case Whole(long number) -> new Whole(negative ? Math.negateExact(number) : number);
      case Bool(boolean truth) -> new Whole((negative ? -1L : 1L) * (truth ? 1 : 0));
      case Real(double number) -> new Real(negative ? -number : number);
      case None _, Undefined _, Text _, Seq _, Dict _, Space _, Loop _, Callable _ ->
          throw Refusal.because("a %s has no sign".formatted(typeName(value)));
    };
  }

  /// What a loop or a filter runs over.
  static List<Value> items(Value value, Budget budget) {
    return switch (value) {
      case Seq seq -> seq.items();
      case Dict dict -> {
        budget.items(dict.entries().size());
        yield List.copyOf(dict.entries().keySet());
      }
      case Text text -> {
        budget.items(text.length());
        yield List.copyOf(text.codePoints());
      }
      case Undefined _ -> List.of();
      case None _, Bool _, Whole _, Real _, Space _, Loop _, Callable _ ->
          throw Refusal.because("a %s cannot be run over".formatted(typeName(value)));
    };
  }
}
