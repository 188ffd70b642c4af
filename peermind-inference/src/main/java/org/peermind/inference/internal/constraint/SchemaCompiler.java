// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.peermind.inference.ConstraintCheck;

/// Turns a JSON Schema into rules. Places that `$ref` names and schemas that merging made are
/// compiled once each, from a queue, so that neither recursion nor depth of the schema costs stack.
final class SchemaCompiler {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final List<String> TYPES =
      List.of("object", "array", "string", "number", "integer", "boolean", "null");
  private static final Map<String, List<String>> KEYWORDS_OF_TYPE =
      Map.of(
          "object",
              List.of(
                  "properties",
                  "required",
                  "additionalProperties",
                  "minProperties",
                  "maxProperties"),
          "array", List.of("items", "prefixItems", "minItems", "maxItems"),
          "string", List.of("minLength", "maxLength", "pattern", "format"),
          "number",
              List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"));

  private record Pending(Rule.Reference reference, JsonNode schema, String pointer) {}

  private final CompileBudget budget;
  private final SchemaMerge merge;
  private final SchemaLimits limits = new SchemaLimits();
  private final Map<JsonNode, Rule.Reference> known = new HashMap<>();
  private final ArrayDeque<Pending> queue = new ArrayDeque<>();
  private final ScalarRules scalars;
  private final ContainerRules containers;

  private SchemaCompiler(JsonNode root, CompileBudget budget) {
    this.budget = budget;
    merge = new SchemaMerge(root, budget);
    scalars = new ScalarRules(budget);
    containers = new ContainerRules(this, budget, limits);
  }

  /// The rule of all values that `text` allows.
  ///
  /// @throws SchemaRefusal when something in it cannot be enforced, or no value fits
  static Rule compile(String text, CompileBudget budget) throws SchemaRefusal {
    return compile(text, NODES.objectNode(), budget);
  }

  /// The rule of all objects that `text` allows.
  ///
  /// @throws SchemaRefusal as [#compile] does
  static Rule compileObjects(String text, CompileBudget budget) throws SchemaRefusal {
    return compile(text, NODES.objectNode().put("type", "object"), budget);
  }

  private static Rule compile(String text, ObjectNode also, CompileBudget budget)
      throws SchemaRefusal {
    budget.spendWork(text.length());
    JsonNode root = SchemaText.parse(text);
    SchemaCompiler compiler = new SchemaCompiler(root, budget);
    JsonNode whole =
        also.isEmpty() ? root : compiler.merge.merged(compiler.merge.flat(root, "#"), also, "#");
    Rule rule = compiler.rule(whole, "#");
    while (!compiler.queue.isEmpty()) {
      Pending next = compiler.queue.remove();
      next.reference.target(compiler.build(next.schema, next.pointer));
    }
    Heights.settle(rule);
    if (rule.height() > ConstraintCheck.ANSWER_NESTING_MAX) {
      throw new SchemaRefusal(
          "No value of at most %d levels is valid by the schema; check its enums, required properties and references."
              .formatted(ConstraintCheck.ANSWER_NESTING_MAX));
    }
    return rule;
  }

  /// The rule of a part of the schema, built later.
  Rule rule(JsonNode schema, String pointer) throws SchemaRefusal {
    if (schema.equals(BooleanNode.TRUE)) {
      return AnyJson.value();
    }
    Rule.Reference reference = known.get(schema);
    if (reference == null) {
      budget.spendRule();
      reference = new Rule.Reference();
      known.put(schema, reference);
      queue.add(new Pending(reference, schema, pointer));
    }
    return reference;
  }

  private Rule build(JsonNode schema, String pointer) throws SchemaRefusal {
    if (schema instanceof ObjectNode object && object.has("$ref") && aloneIn(object)) {
      SchemaKeywords.check(object, pointer);
      JsonNode target = merge.resolve(object.get("$ref"), pointer);
      return rule(target, object.get("$ref").textValue());
    }
    ObjectNode flat = merge.flat(schema, pointer);
    for (String keyword : List.of("anyOf", "oneOf")) {
      JsonNode branches = flat.get(keyword);
      if (branches != null) {
        return alternatives(flat, keyword, branches, pointer);
      }
    }
    if (!SchemaKeywords.constrains(flat)) {
      return AnyJson.value();
    }
    List<String> types = types(flat, pointer);
    JsonNode values = flat.get("enum");
    if (values != null) {
      return enumeration(flat, values, types, pointer);
    }
    List<Rule> rules = new ArrayList<>();
    for (String type : types) {
      budget.spendRule();
      rules.add(ofType(type, flat, pointer));
    }
    return rules.size() == 1 ? rules.getFirst() : new Rule.Choice(rules);
  }

  private static boolean aloneIn(ObjectNode object) {
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      boolean idle =
          entry.getKey().equals("$ref") || SchemaKeywords.ANNOTATIONS.contains(entry.getKey());
      if (!idle) {
        return false;
      }
    }
    return true;
  }

  private Rule alternatives(ObjectNode flat, String keyword, JsonNode branches, String pointer)
      throws SchemaRefusal {
    if (!branches.isArray() || branches.isEmpty()) {
      throw SchemaKeywords.refusal(keyword, pointer, "must be a list that is not empty");
    }
    ObjectNode base = flat.objectNode();
    base.setAll(flat);
    base.remove(keyword);
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < branches.size(); i++) {
      String place = pointer + "/" + keyword + "/" + i;
      if (SchemaKeywords.constrains(base)) {
        ObjectNode branch = merge.flat(branches.get(i), place);
        rules.add(rule(merge.merged(base, branch, place), place));
      } else {
        rules.add(rule(branches.get(i), place));
      }
    }
    return new Rule.Choice(rules);
  }

  private List<String> types(ObjectNode flat, String pointer) throws SchemaRefusal {
    JsonNode type = flat.get("type");
    if (type == null) {
      return impliedTypes(flat);
    }
    Set<String> types = new LinkedHashSet<>();
    for (JsonNode one : type.isArray() ? type : flat.arrayNode().add(type)) {
      if (!one.isTextual() || !TYPES.contains(one.textValue())) {
        throw SchemaKeywords.refusal(
            "type", pointer, "must be one or more of " + String.join(", ", TYPES));
      }
      types.add(one.textValue());
    }
    if (types.contains("number")) {
      types.remove("integer");
    }
    return List.copyOf(types);
  }

  /// Without a type, keywords bind only values of their own type. The answer is held to the types
  /// that they speak of, for that is what they are written for.
  private static List<String> impliedTypes(ObjectNode flat) {
    List<String> types = new ArrayList<>();
    for (String type : TYPES) {
      if (KEYWORDS_OF_TYPE.getOrDefault(type, List.of()).stream().anyMatch(flat::has)) {
        types.add(type);
      }
    }
    return types.isEmpty() || flat.has("enum") ? TYPES : types;
  }

  private Rule ofType(String type, ObjectNode flat, String pointer) throws SchemaRefusal {
    return switch (type) {
      case "object" -> containers.object(flat, pointer);
      case "array" -> containers.array(flat, pointer);
      case "string" -> scalars.string(flat, pointer);
      case "number" -> scalars.number(flat, false, pointer);
      case "integer" -> scalars.number(flat, true, pointer);
      case "boolean" -> new Rule.Scan(JsonText.oneOf(List.of("true", "false"), budget));
      default -> new Rule.Scan(JsonText.literal("null", budget));
    };
  }

  private Rule enumeration(ObjectNode flat, JsonNode values, List<String> types, String pointer)
      throws SchemaRefusal {
    for (List<String> keywords : KEYWORDS_OF_TYPE.values()) {
      for (String keyword : keywords) {
        if (flat.has(keyword)) {
          throw SchemaKeywords.refusal(
              keyword, pointer, "cannot be enforced beside enum or const; leave it out");
        }
      }
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode value : values) {
      String text = value.isTextual() ? CharacterForm.quoted(value.textValue()) : value.toString();
      limits.enumValue(text, pointer);
      if (types.contains(typeOf(value)) || isInteger(value, types)) {
        texts.add(text);
      }
    }
    return texts.isEmpty()
        ? new Rule.Choice(List.of())
        : new Rule.Scan(JsonText.oneOf(texts, budget));
  }

  private static boolean isInteger(JsonNode value, List<String> types) {
    return types.contains("integer") && value.isIntegralNumber();
  }

  private static String typeOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT, POJO -> "object";
      case ARRAY -> "array";
      case STRING, BINARY -> "string";
      case NUMBER -> "number";
      case BOOLEAN -> "boolean";
      case NULL, MISSING -> "null";
    };
  }

  static List<String> strings(JsonNode list, String keyword, String pointer) throws SchemaRefusal {
    String[] texts = new String[list.size()];
    for (int i = 0; i < texts.length; i++) {
      if (!list.get(i).isTextual()) {
        throw SchemaKeywords.refusal(keyword, pointer, "must be a list of strings");
      }
      texts[i] = list.get(i).textValue();
    }
    return Arrays.asList(texts);
  }
}
