// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// The fields that one page of the API knows.
///
/// Every field is in one of four lists. *Used*: read by the page's reader. *Ignored*: they tell a
/// provider how to bill, store, cache or hurry, and change nothing about the answer. *Neutral*:
/// known fields that would change the answer in a way that no engine here does; their neutral
/// value, which clients send by habit, is accepted, any other is refused as
/// `unsupported_parameter`. *Everything else* is refused as `unknown_parameter`, as OpenAI's own
/// service does: an answer that silently ignores what was asked is worse than a clear sentence. A
/// null counts as absent, as in OpenAI's schema.
record FieldRules(Set<String> used, Set<String> ignored, Map<String, Neutral> neutral) {

  /// A field whose neutral value alone is accepted.
  ///
  /// @param why completes "NAME is not supported ..." for any other value
  record Neutral(Predicate<JsonNode> accepts, String why) {
    static Neutral of(Predicate<JsonNode> accepts) {
      return new Neutral(accepts, "with this value: no engine of this network does it");
    }

    static Neutral of(Predicate<JsonNode> accepts, String why) {
      return new Neutral(accepts, why);
    }
  }

  FieldRules {
    used = Set.copyOf(used);
    ignored = Set.copyOf(ignored);
    neutral = Map.copyOf(neutral);
  }

  /// Only these fields.
  static FieldRules only(String... used) {
    return new FieldRules(Set.of(used), Set.of(), Map.of());
  }

  /// @throws RequestRefused naming the first field that is not accepted, and never its value
  void check(JsonFields fields) throws RequestRefused {
    for (Map.Entry<String, JsonNode> field : fields.present()) {
      String name = field.getKey();
      if (used.contains(name) || ignored.contains(name)) {
        continue;
      }
      Neutral rule = neutral.get(name);
      if (rule == null) {
        throw RequestRefused.unknown(fields.shown(name));
      }
      if (!rule.accepts().test(field.getValue())) {
        throw RequestRefused.field(
            fields.shown(name),
            "unsupported_parameter",
            "%s is not supported %s.".formatted(fields.shown(name), rule.why()));
      }
    }
  }

  static boolean isZero(JsonNode value) {
    return value.isNumber() && value.doubleValue() == 0;
  }

  static boolean isOne(JsonNode value) {
    return value.isNumber() && value.doubleValue() == 1;
  }

  static boolean isFalse(JsonNode value) {
    return value.isBoolean() && !value.booleanValue();
  }

  static boolean isEmpty(JsonNode value) {
    return value.isContainerNode() && value.isEmpty();
  }

  static boolean isNever(JsonNode value) {
    return false;
  }

  static Predicate<JsonNode> oneOf(String... words) {
    List<String> accepted = List.of(words);
    return value -> value.isTextual() && accepted.contains(value.textValue());
  }
}
