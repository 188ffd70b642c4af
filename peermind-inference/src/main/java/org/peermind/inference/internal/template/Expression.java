// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An expression of the template language. Chains of operators are flat, so that only brackets
/// nest.
sealed interface Expression {
  record Literal(Value value) implements Expression {}

  record Name(String name) implements Expression {}

  record Items(List<Expression> items, boolean tuple) implements Expression {}

  record Mapping(List<Entry> entries) implements Expression {}

  record Entry(Expression key, Expression value) {}

  record Not(Expression operand) implements Expression {}

  record Signed(boolean negative, Expression operand) implements Expression {}

  record All(List<Expression> operands) implements Expression {}

  record Any(List<Expression> operands) implements Expression {}

  /// `first op second op third`, from left to right.
  record Chain(Expression first, List<Step> rest) implements Expression {}

  record Step(String operator, Expression operand) {}

  /// `first < second < third`: each pair must hold.
  record Comparison(Expression first, List<Step> rest) implements Expression {}

  record Choice(Expression then, Expression condition, @Nullable Expression otherwise)
      implements Expression {}

  /// What follows a value: `.name`, `[...]`, `(...)`, `|filter`, `is test`.
  record Postfix(Expression base, List<Suffix> suffixes) implements Expression {}

  sealed interface Suffix {}

  record Attribute(String name) implements Suffix {}

  record Subscript(Expression index) implements Suffix {}

  record Slice(@Nullable Expression start, @Nullable Expression stop, @Nullable Expression step)
      implements Suffix {}

  record Call(CallArguments arguments) implements Suffix {}

  record Filter(String name, CallArguments arguments) implements Suffix {}

  record Test(String name, CallArguments arguments, boolean negated) implements Suffix {}

  record CallArguments(List<Expression> positional, Map<String, Expression> named) {
    static final CallArguments NONE = new CallArguments(List.of(), Map.of());
  }
}
