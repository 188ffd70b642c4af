// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The evaluated arguments of a call.
record Arguments(List<Value> positional, Map<String, Value> named) {
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  /// The argument at `position`, or of that `name`.
  Optional<Value> get(int position, String name) {
    return position < positional.size()
        ? Optional.of(positional.get(position))
        : Optional.ofNullable(named.get(name));
  }

  Value required(int position, String name) {
    return get(position, name)
        .orElseThrow(() -> Refusal.because("a call lacks the argument '" + name + "'"));
  }

  boolean flag(int position, String name, boolean otherwise) {
    return get(position, name).map(Operators::truth).orElse(otherwise);
  }

  /// A whole number; `otherwise` when it is absent or none.
  int whole(int position, String name, int otherwise) {
    Optional<Value> value = get(position, name);
    if (value.isEmpty() || value.get() instanceof Value.None) {
      return otherwise;
    }
    if (value.get() instanceof Value.Whole(long number) && number == (int) number) {
      return (int) number;
    }
    throw Refusal.because("the argument '" + name + "' is no whole number");
  }

  Arguments without(int first) {
    return new Arguments(
        positional.subList(Math.min(first, positional.size()), positional.size()), named);
  }
}
