// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.internal.template.Expression.CallArguments;
import org.peermind.inference.internal.template.Expression.Step;
import org.peermind.inference.internal.template.Expression.Suffix;
import org.peermind.inference.internal.template.Value.Callable;
import org.peermind.inference.internal.template.Value.Dict;
import org.peermind.inference.internal.template.Value.Loop;
import org.peermind.inference.internal.template.Value.Seq;
import org.peermind.inference.internal.template.Value.Space;
import org.peermind.inference.internal.template.Value.Undefined;
import org.peermind.inference.internal.template.Value.Whole;

/// Computes expressions.
final class Evaluator {
  private final Budget budget;

  Evaluator(Budget budget) {
    this.budget = budget;
  }

  Value value(Expression expression, Scope scope) {
    budget.step();
    budget.enter();
    Value value =
        switch (expression) {
          case Expression.Literal(Value literal) -> literal;
          case Expression.Name(String name) -> scope.get(name);
          case Expression.Items(List<Expression> items, boolean tuple) ->
              new Seq(values(items, scope), tuple);
          case Expression.Mapping(List<Expression.Entry> entries) -> mapping(entries, scope);
          case Expression.Not(Expression operand) -> Value.of(!truth(operand, scope));
          case Expression.Signed(boolean negative, Expression operand) ->
              Operators.signed(negative, value(operand, scope));
          case Expression.All(List<Expression> operands) -> all(operands, scope);
          case Expression.Any(List<Expression> operands) -> any(operands, scope);
          case Expression.Chain(Expression first, List<Step> rest) -> chain(first, rest, scope);
          case Expression.Comparison(Expression first, List<Step> rest) ->
              Value.of(comparison(first, rest, scope));
          case Expression.Choice choice -> choice(choice, scope);
          case Expression.Postfix(Expression base, List<Suffix> suffixes) ->
              postfix(base, suffixes, scope);
        };
    budget.leave();
    return value;
  }

  boolean truth(Expression expression, Scope scope) {
    return Operators.truth(value(expression, scope));
  }

  private List<Value> values(List<Expression> expressions, Scope scope) {
    List<Value> values = new ArrayList<>();
    for (Expression expression : expressions) {
      values.add(value(expression, scope));
    }
    return values;
  }

  private Value mapping(List<Expression.Entry> entries, Scope scope) {
    Dict dict = new Dict();
    for (Expression.Entry entry : entries) {
      Value key = value(entry.key(), scope);
      Operators.find(dict, key, budget);
      dict.put(key, value(entry.value(), scope));
    }
    return dict;
  }

  private Value all(List<Expression> operands, Scope scope) {
    Value value = Value.TRUE;
    for (Expression operand : operands) {
      value = value(operand, scope);
      if (!Operators.truth(value)) {
        return value;
      }
    }
    return value;
  }

  private Value any(List<Expression> operands, Scope scope) {
    Value value = Value.FALSE;
    for (Expression operand : operands) {
      value = value(operand, scope);
      if (Operators.truth(value)) {
        return value;
      }
    }
    return value;
  }

  private Value chain(Expression first, List<Step> rest, Scope scope) {
    Value left = value(first, scope);
    for (Step step : rest) {
      left = Operators.binary(left, step.operator(), value(step.operand(), scope), budget);
    }
    return left;
  }

  private boolean comparison(Expression first, List<Step> rest, Scope scope) {
    Value left = value(first, scope);
    for (Step step : rest) {
      Value right = value(step.operand(), scope);
      if (!Operators.compared(left, step.operator(), right, budget)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private Value choice(Expression.Choice choice, Scope scope) {
    if (truth(choice.condition(), scope)) {
      return value(choice.then(), scope);
    }
    @Nullable Expression otherwise = choice.otherwise();
    return otherwise == null
        ? new Undefined("an inline if has no else and its condition is false")
        : value(otherwise, scope);
  }

  private Value postfix(Expression base, List<Suffix> suffixes, Scope scope) {
    Value value = value(base, scope);
    for (Suffix suffix : suffixes) {
      budget.step();
      value =
          switch (suffix) {
            case Expression.Attribute(String name) -> attribute(value, name, budget);
            case Expression.Subscript(Expression index) -> item(value, value(index, scope), budget);
            case Expression.Slice slice -> slice(value, slice, scope);
            case Expression.Call(CallArguments arguments) ->
                call(value, arguments(arguments, scope));
            case Expression.Filter filter -> filtered(value, filter, scope);
            case Expression.Test(String name, CallArguments arguments, boolean negated) ->
                Value.of(Tests.holds(name, value, arguments(arguments, scope), budget) != negated);
          };
    }
    return value;
  }

  Value filtered(Value value, Expression.Filter filter, Scope scope) {
    return Filters.apply(filter.name(), value, arguments(filter.arguments(), scope), budget);
  }

  Arguments arguments(CallArguments arguments, Scope scope) {
    if (arguments.positional().isEmpty() && arguments.named().isEmpty()) {
      return Arguments.NONE;
    }
    Map<String, Value> named = new LinkedHashMap<>();
    arguments.named().forEach((name, value) -> named.put(name, value(value, scope)));
    return new Arguments(values(arguments.positional(), scope), named);
  }

  Value call(Value function, Arguments arguments) {
    if (!(Operators.defined(function) instanceof Callable callable)) {
      throw Refusal.because("a %s cannot be called".formatted(Operators.typeName(function)));
    }
    budget.enter();
    Value result = callable.call(arguments, budget);
    budget.leave();
    return result;
  }

  /// `value.name`.
  static Value attribute(Value value, String name, Budget budget) {
    return switch (Operators.defined(value)) {
      case Dict dict -> {
        @Nullable Callable method = DataMethods.of(dict, name);
        yield method != null ? method : entry(dict, Text.own(name), budget);
      }
      case Seq seq -> orMissing(DataMethods.of(seq, name), value, name);
      case Text text -> orMissing(TextMethods.of(text, name), value, name);
      case Space space ->
          space
              .attributes()
              .getOrDefault(name, new Undefined("the namespace has no attribute '" + name + "'"));
      case Loop loop -> loop.attribute(name);
      case Value.None _, Undefined _, Value.Bool _, Whole _, Value.Real _, Callable _ ->
          missing(value, name);
    };
  }

  private static Value orMissing(@Nullable Callable method, Value value, String name) {
    return method != null ? method : missing(value, name);
  }

  private static Value missing(Value value, String name) {
    return new Undefined("a %s has no attribute '%s'".formatted(Operators.typeName(value), name));
  }

  private static Value entry(Dict dict, Value key, Budget budget) {
    @Nullable Value found = Operators.find(dict, key, budget);
    return found != null
        ? found
        : new Undefined(
            "a mapping has no entry '%s'"
                .formatted(key instanceof Text text ? text.chars() : Operators.typeName(key)));
  }

  /// `value[index]`.
  static Value item(Value value, Value index, Budget budget) {
    Operators.defined(value);
    if (value instanceof Dict dict) {
      Value found = entry(dict, index, budget);
      if (found instanceof Undefined && index instanceof Text name) {
        @Nullable Callable method = DataMethods.of(dict, name.chars());
        return method != null ? method : found;
      }
      return found;
    }
    if (index instanceof Whole(long position)) {
      if (value instanceof Seq seq) {
        long at = position < 0 ? position + seq.items().size() : position;
        return at >= 0 && at < seq.items().size()
            ? seq.items().get((int) at)
            : new Undefined("a list has no element %d".formatted(position));
      }
      if (value instanceof Text text) {
        budget.read(text.length());
        return character(text, position);
      }
    }
    return index instanceof Text name
        ? attribute(value, name.chars(), budget)
        : new Undefined("a %s has no elements".formatted(Operators.typeName(value)));
  }

  private static Value character(Text text, long position) {
    int count = text.codePointCount();
    long at = position < 0 ? position + count : position;
    if (at < 0 || at >= count) {
      return new Undefined("a text has no character %d".formatted(position));
    }
    int from = text.offset((int) at);
    return text.sub(from, text.chars().offsetByCodePoints(from, 1));
  }

  private Value slice(Value value, Expression.Slice slice, Scope scope) {
    int size =
        switch (Operators.defined(value)) {
          case Text text -> {
            budget.text(text.length());
            yield text.codePointCount();
          }
          case Seq seq -> seq.items().size();
          case Value.None _,
              Undefined _,
              Value.Bool _,
              Whole _,
              Value.Real _,
              Dict _,
              Space _,
              Loop _,
              Callable _ ->
              throw Refusal.because("a %s cannot be sliced".formatted(Operators.typeName(value)));
        };
    long step = bound(slice.step(), scope, 1);
    if (step == 0) {
      throw Refusal.because("a slice has the step 0");
    }
    long start = clamped(bound(slice.start(), scope, step > 0 ? 0 : size), size, step);
    long stop =
        slice.stop() == null
            ? (step > 0 ? size : -1)
            : clamped(bound(slice.stop(), scope, step > 0 ? size : -1), size, step);
    if (value instanceof Text text && step == 1) {
      return start < stop
          ? text.sub(text.offset((int) start), text.offset((int) stop))
          : Text.EMPTY;
    }
    List<Value> items = Operators.items(value, budget);
    List<Value> chosen = new ArrayList<>();
    for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
      budget.step();
      chosen.add(items.get((int) i));
      if (step > size || step < -size) {
        break;
      }
    }
    return value instanceof Seq seq
        ? new Seq(chosen, seq.tuple())
        : TextMethods.joined(chosen, Text.EMPTY, budget);
  }

  private long bound(@Nullable Expression expression, Scope scope, long otherwise) {
    if (expression == null) {
      return otherwise;
    }
    Value value = value(expression, scope);
    return value instanceof Value.None ? otherwise : Operators.whole(value);
  }

  private static long clamped(long index, int size, long step) {
    long at = index < 0 ? index + size : index;
    return step > 0 ? Math.clamp(at, 0, size) : Math.clamp(at, -1, size - 1L);
  }
}
