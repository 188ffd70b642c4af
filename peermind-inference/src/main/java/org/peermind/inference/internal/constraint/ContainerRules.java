// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.internal.constraint.Rule.Choice;
import org.peermind.inference.internal.constraint.Rule.Nest;
import org.peermind.inference.internal.constraint.Rule.Repetition;
import org.peermind.inference.internal.constraint.Rule.Scan;
import org.peermind.inference.internal.constraint.Rule.Sequence;

/// Rules of arrays and objects. Both are laid from their end to their beginning, each step knowing
/// what may follow.
final class ContainerRules {
  private final SchemaCompiler compiler;
  private final CompileBudget budget;
  private final SchemaLimits limits;

  ContainerRules(SchemaCompiler compiler, CompileBudget budget, SchemaLimits limits) {
    this.compiler = compiler;
    this.budget = budget;
    this.limits = limits;
  }

  Rule array(ObjectNode schema, String pointer) throws SchemaRefusal {
    int min = SchemaKeywords.count(schema, "minItems", pointer).orElse(0);
    int max = SchemaKeywords.count(schema, "maxItems", pointer).orElse(Repetition.UNBOUNDED);
    List<Rule> prefix = new ArrayList<>();
    JsonNode prefixItems = schema.get("prefixItems");
    if (prefixItems != null && !prefixItems.isArray()) {
      throw SchemaKeywords.refusal("prefixItems", pointer, "must be a list");
    }
    for (int i = 0; prefixItems != null && i < prefixItems.size(); i++) {
      prefix.add(compiler.rule(prefixItems.get(i), pointer + "/prefixItems/" + i));
    }
    if (min == 0 && max == Repetition.UNBOUNDED && prefix.isEmpty() && !schema.has("items")) {
      return AnyJson.array();
    }
    Rule item =
        schema.has("items")
            ? compiler.rule(schema.get("items"), pointer + "/items")
            : AnyJson.value();
    if (max < min) {
      return new Choice(List.of());
    }
    Rule close = new Scan(JsonText.CLOSE_ARRAY);
    if (max == 0) {
      return new Nest(new Sequence(new Scan(JsonText.OPEN_ARRAY), close));
    }
    Rule comma = new Scan(JsonText.COMMA);
    int listed = Math.min(prefix.size(), max);
    int before = Math.max(listed, 1);
    int more = max == Repetition.UNBOUNDED ? max : max - before;
    Rule after =
        new Sequence(
            new Repetition(new Sequence(comma, item), Math.max(0, min - before), more), close);
    for (int i = listed - 1; i >= 1; i--) {
      budget.spendRule();
      Rule next = new Sequence(comma, prefix.get(i), after);
      after = i >= min ? new Choice(List.of(close, next)) : next;
    }
    Rule full = new Sequence(listed > 0 ? prefix.getFirst() : item, after);
    Rule content = min == 0 ? new Choice(List.of(close, full)) : full;
    return new Nest(new Sequence(new Scan(JsonText.OPEN_ARRAY), content));
  }

  Rule object(ObjectNode schema, String pointer) throws SchemaRefusal {
    Set<String> required = new LinkedHashSet<>();
    if (schema.has("required")) {
      required.addAll(SchemaCompiler.strings(schema.get("required"), "required", pointer));
    }
    JsonNode rest = schema.get("additionalProperties");
    Map<String, Rule> properties = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : schema.path("properties").properties()) {
      limits.property(entry.getKey(), pointer);
      String place = pointer + "/properties/" + escaped(entry.getKey());
      properties.put(entry.getKey(), compiler.rule(entry.getValue(), place));
    }
    Rule restRule =
        rest == null ? AnyJson.value() : compiler.rule(rest, pointer + "/additionalProperties");
    for (String name : required) {
      if (!properties.containsKey(name)) {
        limits.property(name, pointer);
        properties.put(name, restRule);
      }
    }
    boolean open = rest == null ? properties.isEmpty() : !rest.isBoolean() || rest.booleanValue();
    int max = membersMax(schema, properties.size(), required.size(), open, pointer);
    Rule more = open && max > 0 ? others(properties.keySet(), restRule, max) : null;
    return new Nest(
        new Sequence(new Scan(JsonText.OPEN_OBJECT), members(properties, required, more)));
  }

  /// How many members an open object may have; those with declared properties cannot be counted.
  private static int membersMax(
      ObjectNode schema, int declared, int required, boolean open, String pointer)
      throws SchemaRefusal {
    int min = SchemaKeywords.count(schema, "minProperties", pointer).orElse(0);
    if (min > required) {
      throw SchemaKeywords.refusal(
          "minProperties", pointer, "cannot be enforced beyond the required properties");
    }
    OptionalInt max = SchemaKeywords.count(schema, "maxProperties", pointer);
    if (max.isPresent() && max.getAsInt() < declared + (open && declared > 0 ? 1 : 0)) {
      throw SchemaKeywords.refusal(
          "maxProperties", pointer, "cannot be enforced beside so many properties");
    }
    if (max.isPresent() && open && declared > 0) {
      throw SchemaKeywords.refusal(
          "maxProperties", pointer, "cannot be enforced beside properties; leave it out");
    }
    return max.orElse(Repetition.UNBOUNDED);
  }

  /// Members with other names than the declared ones, and the end of the object.
  private Rule others(Set<String> declared, Rule value, int max) throws SchemaRefusal {
    Rule name = new Scan(JsonText.STRING);
    if (!declared.isEmpty()) {
      List<String> quoted = declared.stream().map(CharacterForm::quoted).toList();
      Dfa strings = JsonText.stringOfLength(0, -1, budget);
      name = new Scan(strings.minus(JsonText.oneOf(quoted, budget), budget));
    }
    return AnyJson.members(new Sequence(name, new Scan(JsonText.COLON), value), max);
  }

  /// Declared properties in their order, required ones always, then others if there may be any.
  private Rule members(Map<String, Rule> properties, Set<String> required, @Nullable Rule others)
      throws SchemaRefusal {
    Rule close = new Scan(JsonText.CLOSE_OBJECT);
    Rule comma = new Scan(JsonText.COMMA);
    Rule named = others == null ? new Choice(List.of()) : others;
    boolean mayClose = true;
    for (Map.Entry<String, Rule> property : new ArrayList<>(properties.entrySet()).reversed()) {
      budget.spendRule();
      Rule next = new Sequence(comma, named);
      Rule tail = mayClose ? new Choice(List.of(close, next)) : next;
      Rule member =
          new Sequence(
              new Scan(JsonText.key(property.getKey(), budget)), property.getValue(), tail);
      boolean must = required.contains(property.getKey());
      named = must ? member : new Choice(List.of(member, named));
      mayClose &= !must;
    }
    return mayClose ? new Choice(List.of(close, named)) : named;
  }

  private static String escaped(String name) {
    String shown = name.length() > 60 ? name.substring(0, 60) + "..." : name;
    return shown.replace("~", "~0").replace("/", "~1");
  }
}
