// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.internal.template.Statement.Parameter;
import org.peermind.inference.internal.template.Statement.Target;
import org.peermind.inference.internal.template.Token.Kind;

/// Reads a template's statements.
final class StatementParser {
  private static final int PARAMETERS_MAX = 64;

  private final TokenReader tokens;
  private final ExpressionParser expressions;
  private int loops;

  private StatementParser(TokenReader tokens) {
    this.tokens = tokens;
    expressions = new ExpressionParser(tokens);
  }

  /// @throws Refusal when `template` is not a template that this package knows
  static List<Statement> parse(String template) {
    StatementParser parser = new StatementParser(new TokenReader(Lexer.tokens(template)));
    List<Statement> statements = parser.statements(Set.of());
    if (parser.tokens.peek().kind() != Kind.END) {
      throw parser.tokens.refusal("a block ends that did not begin");
    }
    return statements;
  }

  /// Statements up to one of the tags `ends`, whose name is then the next token.
  private List<Statement> statements(Set<String> ends) {
    List<Statement> body = new ArrayList<>();
    while (true) {
      Token token = tokens.next();
      switch (token.kind()) {
        case DATA -> body.add(new Statement.Data(Text.own(token.text())));
        case OUTPUT_BEGIN -> {
          body.add(new Statement.Output(token.line(), expressions.tuple()));
          tokens.expect(Kind.OUTPUT_END, "'}}'");
        }
        case BLOCK_BEGIN -> {
          if (tokens.atName(ends)) {
            return List.copyOf(body);
          }
          body.add(statement());
        }
        case END -> {
          if (!ends.isEmpty()) {
            throw tokens.refusal("a block has no end");
          }
          return List.copyOf(body);
        }
        case BLOCK_END, OUTPUT_END, NAME, STRING, WHOLE, REAL, OPERATOR ->
            throw tokens.unexpected("text or a tag");
      }
    }
  }

  private Statement statement() {
    tokens.enter();
    int line = tokens.line();
    String name = tokens.name();
    Statement statement =
        switch (name) {
          case "if" -> choice(line);
          case "for" -> loop(line);
          case "set" -> set(line);
          case "with" -> with(line);
          case "macro" -> macro(line);
          case "call" -> call(line);
          case "filter" -> filterBlock(line);
          case "generation" -> {
            endTag();
            yield new Statement.Generation(body("endgeneration"));
          }
          case "break" -> leaveLoop(new Statement.Break());
          case "continue" -> leaveLoop(new Statement.Continue());
          default ->
              throw tokens.refusal(
                  "the tag '%s' is unknown to Peermind".formatted(Operators.shortened(name)));
        };
    tokens.leave();
    return statement;
  }

  private Statement leaveLoop(Statement statement) {
    if (loops == 0) {
      throw tokens.refusal("break or continue stands outside of a loop");
    }
    endTag();
    return statement;
  }

  private void endTag() {
    tokens.expect(Kind.BLOCK_END, "'%}'");
  }

  /// The statements up to the tag `end`, and that tag.
  private List<Statement> body(String end) {
    List<Statement> body = statements(Set.of(end));
    tokens.next();
    if (tokens.peek().kind() == Kind.NAME) {
      tokens.next(); // {% endmacro name %}
    }
    endTag();
    return body;
  }

  private Statement choice(int line) {
    List<Statement.Branch> branches = new ArrayList<>();
    List<Statement> otherwise = List.of();
    String tag = "elif";
    while (tag.equals("elif")) {
      Expression condition = expressions.tuple();
      endTag();
      branches.add(new Statement.Branch(condition, statements(Set.of("elif", "else", "endif"))));
      tag = tokens.name();
    }
    if (tag.equals("else")) {
      endTag();
      otherwise = statements(Set.of("endif"));
      tokens.next();
    }
    endTag();
    return new Statement.If(line, List.copyOf(branches), otherwise);
  }

  private Statement loop(int line) {
    Target target = target();
    tokens.expectName("in");
    Expression items = expressions.loopItems();
    @Nullable Expression condition = tokens.skipName("if") ? expressions.expression() : null;
    if (tokens.atName("recursive")) {
      throw tokens.refusal("recursive loops are unknown to Peermind");
    }
    endTag();
    loops++;
    List<Statement> body = statements(Set.of("else", "endfor"));
    loops--;
    List<Statement> otherwise = List.of();
    if (tokens.name().equals("else")) {
      endTag();
      otherwise = statements(Set.of("endfor"));
      tokens.next();
    }
    endTag();
    return new Statement.For(line, target, items, condition, body, otherwise);
  }

  private Target target() {
    Target first = singleTarget();
    if (!tokens.atOperator(",")) {
      return first;
    }
    List<Target> targets = new ArrayList<>(List.of(first));
    while (tokens.skipOperator(",")
        && (tokens.peek().kind() == Kind.NAME || tokens.atOperator("("))) {
      targets.add(singleTarget());
    }
    return new Statement.TupleTarget(List.copyOf(targets));
  }

  private Target singleTarget() {
    if (tokens.skipOperator("(")) {
      tokens.enter();
      Target inner = target();
      tokens.leave();
      tokens.expectOperator(")");
      return inner;
    }
    String name = tokens.name();
    return tokens.skipOperator(".")
        ? new Statement.SpaceTarget(name, tokens.name())
        : new Statement.NameTarget(name);
  }

  private Statement set(int line) {
    Target target = target();
    if (tokens.skipOperator("=")) {
      Expression value = expressions.tuple();
      endTag();
      return new Statement.Set(line, target, value);
    }
    List<Expression.Filter> filters = filters();
    endTag();
    return new Statement.SetBlock(line, target, filters, body("endset"));
  }

  private List<Expression.Filter> filters() {
    List<Expression.Filter> filters = new ArrayList<>();
    while (tokens.skipOperator("|")) {
      filters.add(expressions.filter());
    }
    return List.copyOf(filters);
  }

  private Statement with(int line) {
    List<Statement.Binding> bindings = new ArrayList<>();
    while (tokens.peek().kind() == Kind.NAME) {
      Target target = singleTarget();
      tokens.expectOperator("=");
      bindings.add(new Statement.Binding(target, expressions.expression()));
      if (!tokens.skipOperator(",")) {
        break;
      }
    }
    endTag();
    return new Statement.With(line, List.copyOf(bindings), body("endwith"));
  }

  private Statement macro(int line) {
    String name = tokens.name();
    List<Parameter> parameters = parameters();
    endTag();
    return new Statement.Macro(line, name, parameters, functionBody("endmacro"));
  }

  private List<Statement> functionBody(String end) {
    int outer = loops;
    loops = 0;
    List<Statement> body = body(end);
    loops = outer;
    return body;
  }

  private List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    tokens.expectOperator("(");
    while (!tokens.atOperator(")")) {
      String name = tokens.name();
      @Nullable Expression otherwise = tokens.skipOperator("=") ? expressions.expression() : null;
      parameters.add(new Parameter(name, otherwise));
      if (parameters.size() > PARAMETERS_MAX) {
        throw tokens.refusal("a macro has more than %d parameters".formatted(PARAMETERS_MAX));
      }
      if (!tokens.skipOperator(",")) {
        break;
      }
    }
    tokens.expectOperator(")");
    return List.copyOf(parameters);
  }

  private Statement call(int line) {
    List<Parameter> parameters = tokens.atOperator("(") ? parameters() : List.of();
    Expression call = expressions.expression();
    endTag();
    return new Statement.CallBlock(line, parameters, call, functionBody("endcall"));
  }

  private Statement filterBlock(int line) {
    List<Expression.Filter> filters = new ArrayList<>(List.of(expressions.filter()));
    filters.addAll(filters());
    endTag();
    return new Statement.FilterBlock(line, List.copyOf(filters), body("endfilter"));
  }
}
