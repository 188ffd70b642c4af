// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a template computes with: JSON-like data and what Jinja makes of it. No Java object can be
/// reached from a template.
public sealed interface Value
    permits Text,
        Value.None,
        Value.Undefined,
        Value.Bool,
        Value.Whole,
        Value.Real,
        Value.Seq,
        Value.Dict,
        Value.Space,
        Value.Loop,
        Value.Callable {
  Value NONE = new None();
  Value TRUE = new Bool(true);
  Value FALSE = new Bool(false);

  static Value of(boolean value) {
    return value ? TRUE : FALSE;
  }

  /// `none`.
  record None() implements Value {}

  /// What a name or an attribute that is not there gives; `what` is named when it is used.
  record Undefined(String what) implements Value {}

  record Bool(boolean value) implements Value {}

  record Whole(long value) implements Value {}

  record Real(double value) implements Value {}

  /// A list or, when `tuple`, a tuple. Compared with [Operators#equal], never by `equals`.
  final class Seq implements Value {
    private final List<Value> items;
    private final boolean tuple;

    Seq(List<? extends Value> items, boolean tuple) {
      this.items = new ArrayList<>(items);
      this.tuple = tuple;
    }

    static Seq list(List<? extends Value> items) {
      return new Seq(items, false);
    }

    List<Value> items() {
      return items;
    }

    boolean tuple() {
      return tuple;
    }
  }

  /// A mapping in the order of insertion. Compared with [Operators#equal], never by `equals`.
  final class Dict implements Value {
    private final Map<Value, Value> entries = new LinkedHashMap<>();

    Dict put(String ownKey, Value value) {
      entries.put(Text.own(ownKey), value);
      return this;
    }

    /// @throws Refusal when `key` is nothing that can be a key
    Dict put(Value key, Value value) {
      switch (key) {
        case Text _, Whole _, Real _, Bool _, None _ -> entries.put(key, value);
        case Undefined _, Seq _, Dict _, Space _, Loop _, Callable _ ->
            throw Refusal.because("a %s is no key of a mapping".formatted(Operators.typeName(key)));
      }
      return this;
    }

    Map<Value, Value> entries() {
      return entries;
    }
  }

  /// A `namespace(...)`: the only value whose attributes a template can set.
  final class Space implements Value {
    private final Map<String, Value> attributes = new LinkedHashMap<>();

    Map<String, Value> attributes() {
      return attributes;
    }
  }

  /// The variable `loop`.
  final class Loop implements Value {
    private final List<Value> items;
    private int index;

    Loop(List<Value> items) {
      this.items = items;
    }

    void at(int position) {
      index = position;
    }

    Value attribute(String name) {
      int count = items.size();
      return switch (name) {
        case "index" -> new Whole(index + 1L);
        case "index0" -> new Whole(index);
        case "revindex" -> new Whole((long) count - index);
        case "revindex0" -> new Whole(count - index - 1L);
        case "first" -> of(index == 0);
        case "last" -> of(index == count - 1);
        case "length" -> new Whole(count);
        case "previtem" ->
            index > 0 ? items.get(index - 1) : new Undefined("there is no previous item");
        case "nextitem" ->
            index + 1 < count ? items.get(index + 1) : new Undefined("there is no next item");
        case "cycle" ->
            (Callable)
                (arguments, _) -> {
                  List<Value> choices = arguments.positional();
                  if (choices.isEmpty()) {
                    throw Refusal.because("loop.cycle has nothing to choose from");
                  }
                  return choices.get(index % choices.size());
                };
        default -> new Undefined("'loop' has no attribute '" + name + "'");
      };
    }
  }

  /// A function, macro or method.
  @FunctionalInterface
  non-sealed interface Callable extends Value {
    Value call(Arguments arguments, Budget budget);
  }
}
