// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.internal.template.Statement.Parameter;
import org.peermind.inference.internal.template.Statement.Target;
import org.peermind.inference.internal.template.Value.Callable;
import org.peermind.inference.internal.template.Value.Loop;
import org.peermind.inference.internal.template.Value.Space;

/// Runs the statements of a template.
final class Interpreter {
  private final Budget budget = new Budget();
  private final Evaluator evaluator = new Evaluator(budget);
  private int line;

  private enum Flow {
    ON,
    BREAK,
    CONTINUE
  }

  /// The rendering of `template` with `variables`.
  ///
  /// @throws Refusal when the template refuses or cannot be rendered
  static Text render(List<Statement> template, Map<String, Value> variables) {
    Interpreter interpreter = new Interpreter();
    Scope scope = new Scope(new Scope(null));
    variables.forEach(scope::set);
    Text.Builder out = new Text.Builder();
    try {
      interpreter.run(template, scope, out);
    } catch (Refusal refusal) {
      throw refusal.wasRaised() ? refusal : interpreter.here(refusal.reason());
    } catch (ArithmeticException _) {
      throw interpreter.here("a number becomes too large");
    } catch (StackOverflowError _) {
      throw interpreter.here("it nests too deep");
    }
    return out.build();
  }

  private Refusal here(String reason) {
    return Refusal.because("line %d: %s".formatted(line, reason));
  }

  private Flow run(List<Statement> statements, Scope scope, Text.Builder out) {
    budget.enter();
    Flow flow = Flow.ON;
    for (int i = 0; i < statements.size() && flow == Flow.ON; i++) {
      budget.step();
      flow = run(statements.get(i), scope, out);
    }
    budget.leave();
    return flow;
  }

  private Flow run(Statement statement, Scope scope, Text.Builder out) {
    switch (statement) {
      case Statement.Data(Text text) -> append(out, text);
      case Statement.Output(int at, Expression expression) -> {
        line = at;
        append(out, Printer.str(evaluator.value(expression, scope), budget));
      }
      case Statement.If choice -> {
        return choose(choice, scope, out);
      }
      case Statement.For loop -> {
        return loop(loop, scope, out);
      }
      case Statement.Set(int at, Target target, Expression value) -> {
        line = at;
        assign(target, evaluator.value(value, scope), scope);
      }
      case Statement.SetBlock(
              int at,
              Target target,
              List<Expression.Filter> filters,
              List<Statement> body) -> {
        Text captured = captured(body, new Scope(scope));
        line = at;
        assign(target, filtered(captured, filters, scope), scope);
      }
      case Statement.With(int at, List<Statement.Binding> bindings, List<Statement> body) -> {
        line = at;
        Scope inner = new Scope(scope);
        for (Statement.Binding binding : bindings) {
          assign(binding.target(), evaluator.value(binding.value(), scope), inner);
        }
        return run(body, inner, out);
      }
      case Statement.Macro(
              int at,
              String name,
              List<Parameter> parameters,
              List<Statement> body) -> {
        line = at;
        scope.set(name, function(name, parameters, body, scope));
      }
      case Statement.CallBlock call -> append(out, called(call, scope));
      case Statement.FilterBlock(int at, List<Expression.Filter> filters, List<Statement> body) -> {
        Text captured = captured(body, new Scope(scope));
        line = at;
        append(out, Printer.str(filtered(captured, filters, scope), budget));
      }
      case Statement.Generation(List<Statement> body) -> {
        return run(body, scope, out);
      }
      case Statement.Break() -> {
        return Flow.BREAK;
      }
      case Statement.Continue() -> {
        return Flow.CONTINUE;
      }
    }
    return Flow.ON;
  }

  private void append(Text.Builder out, Text text) {
    budget.text(text.length());
    out.append(text);
    if (out.length() > Budget.TEXT_CHARS_MAX) {
      budget.text(out.length());
    }
  }

  private Text captured(List<Statement> body, Scope scope) {
    Text.Builder text = new Text.Builder();
    run(body, scope, text);
    return text.build();
  }

  private Value filtered(Text text, List<Expression.Filter> filters, Scope scope) {
    Value value = text;
    for (Expression.Filter filter : filters) {
      value = evaluator.filtered(value, filter, scope);
    }
    return value;
  }

  private Flow choose(Statement.If choice, Scope scope, Text.Builder out) {
    for (Statement.Branch branch : choice.branches()) {
      line = choice.line();
      if (evaluator.truth(branch.condition(), scope)) {
        return run(branch.body(), scope, out);
      }
    }
    return run(choice.otherwise(), scope, out);
  }

  private Flow loop(Statement.For loop, Scope scope, Text.Builder out) {
    line = loop.line();
    List<Value> items = chosen(loop, scope);
    Loop state = new Loop(items);
    for (int i = 0; i < items.size(); i++) {
      budget.step();
      state.at(i);
      Scope turn = new Scope(scope);
      turn.set("loop", state);
      assign(loop.target(), items.get(i), turn);
      if (run(loop.body(), turn, out) == Flow.BREAK) {
        return Flow.ON;
      }
    }
    return items.isEmpty() ? run(loop.otherwise(), new Scope(scope), out) : Flow.ON;
  }

  private List<Value> chosen(Statement.For loop, Scope scope) {
    List<Value> items =
        new ArrayList<>(Operators.items(evaluator.value(loop.items(), scope), budget));
    budget.items(items.size());
    @Nullable Expression condition = loop.condition();
    if (condition == null) {
      return items;
    }
    List<Value> chosen = new ArrayList<>();
    for (Value item : items) {
      Scope turn = new Scope(scope);
      assign(loop.target(), item, turn);
      if (evaluator.truth(condition, turn)) {
        chosen.add(item);
      }
    }
    return chosen;
  }

  private void assign(Target target, Value value, Scope scope) {
    switch (target) {
      case Statement.NameTarget(String name) -> scope.set(name, value);
      case Statement.SpaceTarget(String name, String attribute) -> {
        if (!(Operators.defined(scope.get(name)) instanceof Space space)) {
          throw Refusal.because("attributes can be set on a namespace only");
        }
        space.attributes().put(attribute, value);
      }
      case Statement.TupleTarget(List<Target> targets) -> {
        List<Value> values = Operators.items(Operators.defined(value), budget);
        if (values.size() != targets.size()) {
          throw Refusal.because(
              "%d names cannot take %d values".formatted(targets.size(), values.size()));
        }
        for (int i = 0; i < targets.size(); i++) {
          assign(targets.get(i), values.get(i), scope);
        }
      }
    }
  }

  private Text called(Statement.CallBlock call, Scope scope) {
    line = call.line();
    Callable caller = function("caller", call.parameters(), call.body(), scope);
    if (!(call.call() instanceof Expression.Postfix(Expression base, var suffixes))
        || !(suffixes.getLast() instanceof Expression.Call(Expression.CallArguments arguments))) {
      throw Refusal.because("a call block calls nothing");
    }
    List<Expression.Suffix> before = suffixes.subList(0, suffixes.size() - 1);
    Value function =
        evaluator.value(before.isEmpty() ? base : new Expression.Postfix(base, before), scope);
    Arguments values = evaluator.arguments(arguments, scope);
    Map<String, Value> named = new LinkedHashMap<>(values.named());
    named.put("caller", caller);
    return Printer.str(evaluator.call(function, new Arguments(values.positional(), named)), budget);
  }

  private Callable function(
      String name, List<Parameter> parameters, List<Statement> body, Scope scope) {
    return (arguments, _) -> {
      Scope inner = new Scope(scope);
      if (arguments.positional().size() > parameters.size()) {
        throw Refusal.because(
            "'%s' takes at most %d arguments"
                .formatted(Operators.shortened(name), parameters.size()));
      }
      for (String given : arguments.named().keySet()) {
        if (!given.equals("caller")
            && parameters.stream().noneMatch(parameter -> parameter.name().equals(given))) {
          throw Refusal.because(
              "'%s' has no parameter '%s'"
                  .formatted(Operators.shortened(name), Operators.shortened(given)));
        }
      }
      for (int i = 0; i < parameters.size(); i++) {
        Parameter parameter = parameters.get(i);
        @Nullable Expression otherwise = parameter.otherwise();
        @Nullable Value given = arguments.get(i, parameter.name()).orElse(null);
        if (given == null) {
          given =
              otherwise == null
                  ? new Value.Undefined("the parameter '" + parameter.name() + "' was not given")
                  : evaluator.value(otherwise, inner);
        }
        inner.set(parameter.name(), given);
      }
      @Nullable Value caller = arguments.named().get("caller");
      if (caller != null) {
        inner.set("caller", caller);
      }
      int from = line;
      Text result = captured(body, inner);
      line = from;
      return result;
    };
  }
}
