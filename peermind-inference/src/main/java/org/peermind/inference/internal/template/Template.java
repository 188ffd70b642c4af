// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peermind.inference.internal.template.Value.Callable;
import org.peermind.inference.internal.template.Value.Seq;
import org.peermind.inference.internal.template.Value.Space;
import org.peermind.inference.internal.template.Value.Whole;

/// A template that was read; rendering it changes nothing in it.
final class Template {
  static final int CHARS_MAX = 1 << 20;

  private final List<Statement> statements;

  private Template(List<Statement> statements) {
    this.statements = statements;
  }

  /// @throws Refusal when `source` is not a template that this package knows
  static Template of(String source) {
    if (source.length() > CHARS_MAX) {
      throw Refusal.because("it has more than %,d characters".formatted(CHARS_MAX));
    }
    return new Template(StatementParser.parse(source));
  }

  /// The rendering with `variables` and the functions that chat templates may call; `now` is what
  /// `strftime_now` tells, which is undefined without it.
  ///
  /// @throws Refusal when the template refuses or cannot be rendered
  Text render(Map<String, Value> variables, Optional<LocalDateTime> now) {
    Map<String, Value> all = new HashMap<>(functions());
    now.ifPresent(time -> all.put("strftime_now", strftime(time)));
    all.putAll(variables);
    return Interpreter.render(statements, all);
  }

  private static Map<String, Value> functions() {
    Callable raise =
        (arguments, budget) -> {
          throw Refusal.raised(Printer.str(arguments.required(0, "message"), budget).chars());
        };
    Callable namespace =
        (arguments, budget) -> {
          Space space = new Space();
          for (Value initial : arguments.positional()) {
            if (!(initial instanceof Value.Dict dict)) {
              throw Refusal.because("a namespace begins with a mapping");
            }
            budget.items(dict.entries().size());
            dict.entries()
                .forEach(
                    (key, value) -> space.attributes().put(TextMethods.text(key).chars(), value));
          }
          space.attributes().putAll(arguments.named());
          return space;
        };
    Callable dict = (arguments, _) -> Filters.dict(arguments.named());
    return Map.of(
        "raise_exception",
        raise,
        "namespace",
        namespace,
        "dict",
        dict,
        "range",
        (Callable) Template::range);
  }

  private static Callable strftime(LocalDateTime time) {
    return (arguments, _) -> {
      String pattern = TextMethods.text(arguments.required(0, "format")).chars();
      return Text.own(TimeFormat.format(Operators.shortened(pattern), time));
    };
  }

  private static Value range(Arguments arguments, Budget budget) {
    List<Value> given = arguments.positional();
    if (given.isEmpty() || given.size() > 3) {
      throw Refusal.because("range takes 1 to 3 numbers");
    }
    long first = Operators.whole(given.getFirst());
    long start = given.size() == 1 ? 0 : first;
    long stop = given.size() == 1 ? first : Operators.whole(given.get(1));
    long step = given.size() == 3 ? Operators.whole(given.get(2)) : 1;
    if (step == 0) {
      throw Refusal.because("range has the step 0");
    }
    List<Value> numbers = new ArrayList<>();
    for (long i = start; step > 0 ? i < stop : i > stop; i = Math.addExact(i, step)) {
      numbers.add(new Whole(i));
      if (numbers.size() > Budget.ITEMS_MAX) {
        budget.items(numbers.size());
      }
    }
    budget.items(numbers.size());
    return Seq.list(numbers);
  }
}
