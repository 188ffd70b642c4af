// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.peermind.inference.Constraint;
import org.peermind.inference.ConstraintCheck;
import org.peermind.inference.ToolDefinition;
import org.peermind.inference.internal.constraint.Rule.Choice;
import org.peermind.inference.internal.constraint.Rule.Nest;
import org.peermind.inference.internal.constraint.Rule.Repetition;
import org.peermind.inference.internal.constraint.Rule.Scan;
import org.peermind.inference.internal.constraint.Rule.Sequence;

/// Rules of answers that are text or calls of tools.
final class CallRules {
  private final Constraint.Tools tools;
  private final CallSyntax syntax;
  private final CompileBudget budget;

  private CallRules(Constraint.Tools tools, CallSyntax syntax, CompileBudget budget) {
    this.tools = tools;
    this.syntax = syntax;
    this.budget = budget;
  }

  static Rule of(Constraint.Tools tools, CallSyntax syntax, CompileBudget budget)
      throws SchemaRefusal {
    if (tools.tools().size() > ConstraintCheck.TOOLS_MAX) {
      throw new SchemaRefusal(
          "At most %d tools can be offered at once.".formatted(ConstraintCheck.TOOLS_MAX));
    }
    CallRules rules = new CallRules(tools, syntax, budget);
    Rule root = tools.required() ? rules.calls(true) : rules.textOrCalls();
    Heights.settle(root);
    return root;
  }

  /// All calls; the first one's prefix may have been read already.
  private Rule calls(boolean withPrefix) throws SchemaRefusal {
    Rule call = call();
    Rule space = new Scan(JsonText.LEAD);
    // Who names one tool wants it called, once.
    boolean several = tools.parallel() && tools.only().isEmpty();
    int more = several ? ConstraintCheck.CALLS_MAX - 1 : 0;
    Rule prefix = new Sequence(literal(syntax.prefix()), space);
    Rule suffix =
        syntax.suffix().isEmpty() ? nothing() : new Sequence(space, literal(syntax.suffix()));
    Rule first = withPrefix && !syntax.prefix().isEmpty() ? prefix : nothing();
    if (!withPrefix) {
      first = space;
    }
    if (syntax.array()) {
      Rule list =
          new Sequence(
              new Scan(JsonText.OPEN_ARRAY),
              call,
              new Repetition(new Sequence(new Scan(JsonText.COMMA), call), 0, more),
              new Scan(JsonText.CLOSE_ARRAY));
      return new Sequence(first, list, suffix);
    }
    if (syntax.prefix().isEmpty() && syntax.suffix().isEmpty()) {
      // Nothing would part two calls, so there is one.
      return new Sequence(first, call);
    }
    Rule another = new Sequence(new Scan(JsonText.LEAD), prefix, call, suffix);
    return new Sequence(first, call, suffix, new Repetition(another, 0, more));
  }

  private Rule call() throws SchemaRefusal {
    List<Rule> calls = new ArrayList<>();
    for (ToolDefinition tool : tools.tools()) {
      if (tools.only().isPresent() && !tools.only().get().equals(tool.name())) {
        continue;
      }
      Rule arguments;
      try {
        arguments = SchemaCompiler.compileObjects(tool.parametersJson(), budget);
      } catch (SchemaRefusal refusal) {
        throw new SchemaRefusal("Tool %s: %s".formatted(tool.name(), refusal.sentence()));
      }
      calls.add(
          new Nest(
              new Sequence(
                  new Scan(JsonText.OPEN_OBJECT),
                  new Scan(JsonText.key(syntax.nameKey(), budget)),
                  literal(CharacterForm.quoted(tool.name())),
                  new Scan(JsonText.COMMA),
                  new Scan(JsonText.key(syntax.argumentsKey(), budget)),
                  arguments,
                  new Scan(JsonText.CLOSE_OBJECT))));
    }
    return new Choice(calls);
  }

  private Rule textOrCalls() throws SchemaRefusal {
    if (syntax.prefix().isEmpty()) {
      return new Choice(
          List.of(
              nothing(),
              new Sequence(new Scan(JsonText.LEAD), calls(true)),
              new Scan(textWithoutBracket())));
    }
    Rule text = new Scan(textAround(syntax.prefix(), false));
    Rule before = new Scan(textAround(syntax.prefix(), true));
    return new Choice(List.of(text, new Sequence(before, calls(false))));
  }

  private static Rule nothing() {
    return new Sequence();
  }

  private Rule literal(String text) throws SchemaRefusal {
    return text.isEmpty() ? nothing() : new Scan(JsonText.literal(text, budget));
  }

  private Dfa textWithoutBracket() throws SchemaRefusal {
    Nfa nfa = new Nfa(budget);
    int blank = nfa.state();
    int rest = nfa.state();
    nfa.edge(blank, ' ', ' ', blank);
    nfa.edge(blank, '\t', '\n', blank);
    nfa.edge(blank, '\r', '\r', blank);
    for (int b = 0; b < 256; b++) {
      nfa.edge(rest, b, b, rest);
      if (" \t\n\r[{".indexOf(b) < 0) {
        nfa.edge(blank, b, b, rest);
      }
    }
    int end = nfa.state();
    nfa.silentEdge(rest, end);
    nfa.silentEdge(blank, end);
    return nfa.determinize(blank, end);
  }

  /// Any bytes in which `mark` does not stand, or that end where it stands for the first time
  /// (Knuth, Morris and Pratt).
  private Dfa textAround(String mark, boolean found) throws SchemaRefusal {
    byte[] wanted = mark.getBytes(StandardCharsets.UTF_8);
    Nfa nfa = new Nfa(budget);
    int[] states = new int[wanted.length + 1];
    for (int i = 0; i <= wanted.length; i++) {
      states[i] = nfa.state();
    }
    int end = nfa.state();
    for (int matched = 0; matched < wanted.length; matched++) {
      for (int b = 0; b < 256; b++) {
        nfa.edge(states[matched], b, b, states[longest(wanted, matched, (byte) b)]);
      }
      if (!found) {
        nfa.silentEdge(states[matched], end);
      }
    }
    if (found) {
      nfa.silentEdge(states[wanted.length], end);
    }
    return nfa.determinize(states[0], end);
  }

  /// How long a beginning of `wanted` the text ends with after `matched` of its bytes and `b`.
  private static int longest(byte[] wanted, int matched, byte b) {
    for (int length = matched + 1; length > 0; length--) {
      boolean fits = wanted[length - 1] == b;
      for (int i = 0; fits && i < length - 1; i++) {
        fits = wanted[i] == wanted[matched - length + 1 + i];
      }
      if (fits) {
        return length;
      }
    }
    return 0;
  }
}
