// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.internal.template.Expression.CallArguments;
import org.peermind.inference.internal.template.Expression.Step;
import org.peermind.inference.internal.template.Expression.Suffix;
import org.peermind.inference.internal.template.Token.Kind;

/// Reads expressions with Jinja's precedence: choice, or, and, not, comparison, sum, `~`, product,
/// power, sign, then what follows a value.
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", ">", "<=", ">=");
  private static final Set<String> AFTER_TEST =
      Set.of("else", "or", "and", "is", "if", "in", "not");

  private final TokenReader tokens;

  ExpressionParser(TokenReader tokens) {
    this.tokens = tokens;
  }

  /// One expression, or several with commas between them: a tuple.
  Expression tuple() {
    return tuple(this::expression);
  }

  /// What a loop runs over: no choice, because `if` begins the loop's condition.
  Expression loopItems() {
    return tuple(this::or);
  }

  private Expression tuple(Supplier<Expression> element) {
    Expression first = element.get();
    if (!tokens.atOperator(",")) {
      return first;
    }
    List<Expression> items = new ArrayList<>(List.of(first));
    while (tokens.skipOperator(",") && !atTupleEnd()) {
      items.add(element.get());
    }
    return new Expression.Items(List.copyOf(items), true);
  }

  private boolean atTupleEnd() {
    return tokens.peek().kind() == Kind.BLOCK_END
        || tokens.peek().kind() == Kind.OUTPUT_END
        || tokens.atOperator(")");
  }

  Expression expression() {
    tokens.enter();
    Expression then = or();
    if (tokens.skipName("if")) {
      Expression condition = or();
      @Nullable Expression otherwise = tokens.skipName("else") ? expression() : null;
      then = new Expression.Choice(then, condition, otherwise);
    }
    tokens.leave();
    return then;
  }

  private Expression or() {
    List<Expression> operands = new ArrayList<>(List.of(and()));
    while (tokens.skipName("or")) {
      operands.add(and());
    }
    return operands.size() == 1 ? operands.getFirst() : new Expression.Any(List.copyOf(operands));
  }

  private Expression and() {
    List<Expression> operands = new ArrayList<>(List.of(not()));
    while (tokens.skipName("and")) {
      operands.add(not());
    }
    return operands.size() == 1 ? operands.getFirst() : new Expression.All(List.copyOf(operands));
  }

  Expression not() {
    if (tokens.skipName("not")) {
      tokens.enter();
      Expression operand = not();
      tokens.leave();
      return new Expression.Not(operand);
    }
    return comparison();
  }

  private Expression comparison() {
    Expression first = sum();
    List<Step> rest = new ArrayList<>();
    while (true) {
      if (tokens.peek().kind() == Kind.OPERATOR && COMPARISONS.contains(tokens.peek().text())) {
        rest.add(new Step(tokens.next().text(), sum()));
      } else if (tokens.skipName("in")) {
        rest.add(new Step("in", sum()));
      } else if (tokens.atName("not") && tokens.peekSecond().is(Kind.NAME, "in")) {
        tokens.next();
        tokens.next();
        rest.add(new Step("not in", sum()));
      } else {
        return rest.isEmpty() ? first : new Expression.Comparison(first, List.copyOf(rest));
      }
    }
  }

  private Expression sum() {
    return chain(Set.of("+", "-"), this::concatenation);
  }

  private Expression concatenation() {
    return chain(Set.of("~"), this::product);
  }

  private Expression product() {
    return chain(Set.of("*", "/", "//", "%"), this::power);
  }

  private Expression power() {
    return chain(Set.of("**"), () -> unary(true));
  }

  private Expression chain(Set<String> operators, Supplier<Expression> operand) {
    Expression first = operand.get();
    List<Step> rest = new ArrayList<>();
    while (tokens.peek().kind() == Kind.OPERATOR && operators.contains(tokens.peek().text())) {
      rest.add(new Step(tokens.next().text(), operand.get()));
    }
    return rest.isEmpty() ? first : new Expression.Chain(first, List.copyOf(rest));
  }

  private Expression unary(boolean withFilters) {
    Expression value;
    if (tokens.atOperator("-") || tokens.atOperator("+")) {
      boolean negative = tokens.next().text().equals("-");
      tokens.enter();
      value = new Expression.Signed(negative, unary(false));
      tokens.leave();
    } else {
      value = primary();
    }
    return postfix(value, withFilters);
  }

  private Expression postfix(Expression base, boolean withFilters) {
    List<Suffix> suffixes = new ArrayList<>();
    while (true) {
      if (tokens.skipOperator(".")) {
        suffixes.add(attribute());
      } else if (tokens.skipOperator("[")) {
        suffixes.add(subscript());
      } else if (tokens.atOperator("(")) {
        suffixes.add(new Expression.Call(arguments()));
      } else if (withFilters && tokens.skipOperator("|")) {
        suffixes.add(filter());
      } else if (withFilters && tokens.skipName("is")) {
        suffixes.add(test());
      } else {
        return suffixes.isEmpty() ? base : new Expression.Postfix(base, List.copyOf(suffixes));
      }
    }
  }

  private Suffix attribute() {
    if (tokens.peek().kind() == Kind.WHOLE) {
      return new Expression.Subscript(new Expression.Literal(whole(tokens.next().text())));
    }
    return new Expression.Attribute(tokens.name());
  }

  private Suffix subscript() {
    tokens.enter();
    @Nullable Expression start = tokens.atOperator(":") ? null : expression();
    Suffix result;
    if (start != null && tokens.skipOperator("]")) {
      result = new Expression.Subscript(start);
    } else {
      tokens.expectOperator(":");
      @Nullable Expression stop =
          tokens.atOperator(":") || tokens.atOperator("]") ? null : expression();
      @Nullable Expression step =
          tokens.skipOperator(":") && !tokens.atOperator("]") ? expression() : null;
      tokens.expectOperator("]");
      result = new Expression.Slice(start, stop, step);
    }
    tokens.leave();
    return result;
  }

  /// A filter after its `|`.
  Expression.Filter filter() {
    String name = dottedName();
    return new Expression.Filter(name, tokens.atOperator("(") ? arguments() : CallArguments.NONE);
  }

  private Suffix test() {
    boolean negated = tokens.skipName("not");
    String name = dottedName();
    CallArguments arguments = CallArguments.NONE;
    if (tokens.atOperator("(")) {
      arguments = arguments();
    } else if (atTestArgument()) {
      tokens.enter();
      arguments = new CallArguments(List.of(postfix(primary(), false)), Map.of());
      tokens.leave();
    }
    return new Expression.Test(name, arguments, negated);
  }

  private boolean atTestArgument() {
    Token token = tokens.peek();
    return switch (token.kind()) {
      case NAME -> !AFTER_TEST.contains(token.text());
      case STRING, WHOLE, REAL -> true;
      case OPERATOR -> token.text().equals("[") || token.text().equals("{");
      case DATA, BLOCK_BEGIN, BLOCK_END, OUTPUT_BEGIN, OUTPUT_END, END -> false;
    };
  }

  private String dottedName() {
    StringBuilder name = new StringBuilder(tokens.name());
    while (tokens.skipOperator(".")) {
      name.append('.').append(tokens.name());
    }
    return name.toString();
  }

  CallArguments arguments() {
    tokens.expectOperator("(");
    tokens.enter();
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!tokens.atOperator(")")) {
      if (tokens.atOperator("*") || tokens.atOperator("**")) {
        throw tokens.refusal("arguments with '*' are unknown to Peermind");
      }
      if (tokens.peek().kind() == Kind.NAME && tokens.peekSecond().is(Kind.OPERATOR, "=")) {
        String name = tokens.name();
        tokens.next();
        named.put(name, expression());
      } else {
        positional.add(expression());
      }
      if (!tokens.skipOperator(",")) {
        break;
      }
    }
    tokens.expectOperator(")");
    tokens.leave();
    return new CallArguments(List.copyOf(positional), named);
  }

  private Expression primary() {
    Token token = tokens.peek();
    return switch (token.kind()) {
      case NAME -> {
        tokens.next();
        yield switch (token.text()) {
          case "true", "True" -> new Expression.Literal(Value.TRUE);
          case "false", "False" -> new Expression.Literal(Value.FALSE);
          case "none", "None" -> new Expression.Literal(Value.NONE);
          default -> new Expression.Name(token.text());
        };
      }
      case STRING -> {
        StringBuilder text = new StringBuilder();
        while (tokens.peek().kind() == Kind.STRING) {
          text.append(tokens.next().text());
        }
        yield new Expression.Literal(Text.own(text.toString()));
      }
      case WHOLE -> new Expression.Literal(whole(tokens.next().text()));
      case REAL -> new Expression.Literal(new Value.Real(Double.parseDouble(tokens.next().text())));
      case OPERATOR -> bracket(token.text());
      case DATA, BLOCK_BEGIN, BLOCK_END, OUTPUT_BEGIN, OUTPUT_END, END ->
          throw tokens.unexpected("an expression");
    };
  }

  private Value whole(String digits) {
    try {
      return new Value.Whole(Long.parseLong(digits));
    } catch (NumberFormatException _) {
      throw tokens.refusal("a number is too large");
    }
  }

  private Expression bracket(String open) {
    return switch (open) {
      case "(" -> {
        tokens.next();
        if (tokens.skipOperator(")")) {
          yield new Expression.Items(List.of(), true);
        }
        Expression inner = tuple();
        tokens.expectOperator(")");
        yield inner;
      }
      case "[" -> {
        tokens.next();
        List<Expression> items = new ArrayList<>();
        while (!tokens.atOperator("]")) {
          items.add(expression());
          if (!tokens.skipOperator(",")) {
            break;
          }
        }
        tokens.expectOperator("]");
        yield new Expression.Items(List.copyOf(items), false);
      }
      case "{" -> mapping();
      default -> throw tokens.unexpected("an expression");
    };
  }

  private Expression mapping() {
    tokens.next();
    List<Expression.Entry> entries = new ArrayList<>();
    while (!tokens.atOperator("}")) {
      Expression key = expression();
      tokens.expectOperator(":");
      entries.add(new Expression.Entry(key, expression()));
      if (!tokens.skipOperator(",")) {
        break;
      }
    }
    tokens.expectOperator("}");
    return new Expression.Mapping(List.copyOf(entries));
  }
}
