// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A piece of a template.
sealed interface Statement {
  record Data(Text text) implements Statement {}

  record Output(int line, Expression expression) implements Statement {}

  record If(int line, List<Branch> branches, List<Statement> otherwise) implements Statement {}

  record Branch(Expression condition, List<Statement> body) {}

  record For(
      int line,
      Target target,
      Expression items,
      @Nullable Expression condition,
      List<Statement> body,
      List<Statement> otherwise)
      implements Statement {}

  record Set(int line, Target target, Expression value) implements Statement {}

  record SetBlock(int line, Target target, List<Expression.Filter> filters, List<Statement> body)
      implements Statement {}

  record With(int line, List<Binding> bindings, List<Statement> body) implements Statement {}

  record Binding(Target target, Expression value) {}

  record Macro(int line, String name, List<Parameter> parameters, List<Statement> body)
      implements Statement {}

  record Parameter(String name, @Nullable Expression otherwise) {}

  record CallBlock(int line, List<Parameter> parameters, Expression call, List<Statement> body)
      implements Statement {}

  record FilterBlock(int line, List<Expression.Filter> filters, List<Statement> body)
      implements Statement {}

  /// `{% generation %}`: marks what the model wrote, changes nothing.
  record Generation(List<Statement> body) implements Statement {}

  record Break() implements Statement {}

  record Continue() implements Statement {}

  /// Where a value goes.
  sealed interface Target {}

  record NameTarget(String name) implements Target {}

  record SpaceTarget(String space, String attribute) implements Target {}

  record TupleTarget(List<Target> targets) implements Target {}
}
