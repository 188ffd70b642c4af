// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.internal.template.Value.Callable;
import org.peermind.inference.internal.template.Value.Dict;
import org.peermind.inference.internal.template.Value.Seq;
import org.peermind.inference.internal.template.Value.Whole;

/// The methods of mappings and lists. As in transformers' sandbox nothing changes a value, so no
/// template can make one that contains itself.
final class DataMethods {
  private DataMethods() {}

  /// The method `name` of `dict`, or null when it has none.
  static @Nullable Callable of(Dict dict, String name) {
    return switch (name) {
      case "items" -> (_, budget) -> pairs(dict, budget);
      case "keys" ->
          (_, budget) -> {
            budget.items(dict.entries().size());
            return Seq.list(List.copyOf(dict.entries().keySet()));
          };
      case "values" ->
          (_, budget) -> {
            budget.items(dict.entries().size());
            return Seq.list(List.copyOf(dict.entries().values()));
          };
      case "get" ->
          (arguments, budget) -> {
            @Nullable Value found = Operators.find(dict, arguments.required(0, "key"), budget);
            return found != null ? found : arguments.get(1, "default").orElse(Value.NONE);
          };
      case "copy" ->
          (_, budget) -> {
            budget.items(dict.entries().size());
            Dict copy = new Dict();
            copy.entries().putAll(dict.entries());
            return copy;
          };
      case "update", "pop", "popitem", "clear", "setdefault" -> refused(name);
      default -> null;
    };
  }

  /// The entries of `dict`, as pairs.
  static Seq pairs(Dict dict, Budget budget) {
    budget.items(dict.entries().size());
    List<Value> pairs = new ArrayList<>();
    dict.entries().forEach((key, value) -> pairs.add(new Seq(List.of(key, value), true)));
    return Seq.list(pairs);
  }

  /// The method `name` of `seq`, or null when it has none.
  static @Nullable Callable of(Seq seq, String name) {
    return switch (name) {
      case "count" ->
          (arguments, budget) ->
              new Whole(
                  seq.items().stream()
                      .filter(item -> Operators.equal(item, arguments.required(0, "value"), budget))
                      .count());
      case "index" ->
          (arguments, budget) -> {
            for (int i = 0; i < seq.items().size(); i++) {
              if (Operators.equal(seq.items().get(i), arguments.required(0, "value"), budget)) {
                return new Whole(i);
              }
            }
            throw Refusal.because("a list does not contain what is looked for");
          };
      case "append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse" ->
          refused(name);
      default -> null;
    };
  }

  private static Callable refused(String name) {
    return (_, _) -> {
      throw Refusal.because("'%s' would change a value, which templates may not".formatted(name));
    };
  }
}
