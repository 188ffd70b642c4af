// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Makes one schema of several that must all hold (`allOf`, `$ref` with neighbours, `anyOf` with
/// neighbours), so that what is left to compile has none of them.
final class SchemaMerge {
  private static final int DEPTH_MAX = 48;
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final JsonNode root;
  private final CompileBudget budget;

  SchemaMerge(JsonNode root, CompileBudget budget) {
    this.root = root;
    this.budget = budget;
  }

  /// What a `$ref` names: a JSON Pointer into the schema itself.
  JsonNode resolve(JsonNode reference, String pointer) throws SchemaRefusal {
    if (!reference.isTextual()) {
      throw SchemaKeywords.refusal("$ref", pointer, "must be a string");
    }
    String text = reference.textValue();
    if (!text.equals("#") && !text.startsWith("#/")) {
      throw SchemaKeywords.refusal(
          "$ref", pointer, "must name a place in the schema itself, such as #/$defs/name");
    }
    JsonNode at = root;
    for (String part : text.equals("#") ? new String[0] : text.substring(2).split("/", -1)) {
      budget.spendWork(1);
      String name = decoded(part).replace("~1", "/").replace("~0", "~");
      boolean index = at.isArray() && name.matches("[0-9]{1,5}");
      JsonNode next = index ? at.get(Integer.parseInt(name)) : at.get(name);
      if (next == null) {
        throw SchemaKeywords.refusal("$ref", pointer, "names a place that does not exist");
      }
      at = next;
    }
    return at;
  }

  private static String decoded(String part) {
    if (part.indexOf('%') < 0) {
      return part;
    }
    try {
      return java.net.URLDecoder.decode(
          part.replace("+", "%2B"), java.nio.charset.StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformed) {
      return part;
    }
  }

  /// `schema` without `$ref` and `allOf`, which are merged into it.
  ObjectNode flat(JsonNode schema, String pointer) throws SchemaRefusal {
    return flat(schema, pointer, 0);
  }

  private ObjectNode flat(JsonNode schema, String pointer, int depth) throws SchemaRefusal {
    budget.spendMerge(schema.size() + 1);
    if (depth > DEPTH_MAX) {
      throw new SchemaRefusal("The schema at %s refers to itself in a circle.".formatted(pointer));
    }
    if (schema.isBoolean()) {
      ObjectNode result = NODES.objectNode();
      if (!schema.booleanValue()) {
        result.putArray("enum");
      }
      return result;
    }
    if (!(schema instanceof ObjectNode object)) {
      throw new SchemaRefusal(
          "The schema at %s must be an object or a boolean.".formatted(pointer));
    }
    SchemaKeywords.check(object, pointer);
    expect(object, "properties", JsonNode::isObject, "must be an object", pointer);
    expect(object, "required", JsonNode::isArray, "must be a list", pointer);
    expect(object, "enum", JsonNode::isArray, "must be a list", pointer);
    ObjectNode result = NODES.objectNode();
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      String keyword = entry.getKey();
      boolean other = keyword.equals("$ref") || keyword.equals("allOf");
      if (!other && !SchemaKeywords.ANNOTATIONS.contains(keyword)) {
        result.set(keyword, entry.getValue());
      }
    }
    constAsEnum(result);
    JsonNode reference = object.get("$ref");
    if (reference != null) {
      JsonNode target = resolve(reference, pointer);
      result = merged(result, flat(target, pointer, depth + 1), pointer);
    }
    JsonNode all = object.get("allOf");
    if (all != null) {
      if (!all.isArray() || all.isEmpty()) {
        throw SchemaKeywords.refusal("allOf", pointer, "must be a list that is not empty");
      }
      for (JsonNode part : all) {
        result = merged(result, flat(part, pointer, depth + 1), pointer);
      }
    }
    return result;
  }

  private static void expect(
      ObjectNode schema, String keyword, Predicate<JsonNode> form, String fault, String pointer)
      throws SchemaRefusal {
    JsonNode value = schema.get(keyword);
    if (value != null && !form.test(value)) {
      throw SchemaKeywords.refusal(keyword, pointer, fault);
    }
  }

  private static void constAsEnum(ObjectNode schema) {
    JsonNode constant = schema.remove("const");
    if (constant != null) {
      JsonNode values = schema.get("enum");
      ArrayNode one = NODES.arrayNode();
      if (values == null || contains(values, constant)) {
        one.add(constant);
      }
      schema.set("enum", one);
    }
  }

  /// Both must be flat.
  ObjectNode merged(ObjectNode left, ObjectNode right, String pointer) throws SchemaRefusal {
    budget.spendMerge(left.size() + right.size());
    budget.spendWork(10L * (left.path("properties").size() + right.path("properties").size()));
    ObjectNode result = NODES.objectNode(); // a shallow copy: nothing below it is changed
    result.setAll(left);
    mergeProperties(result, left, right);
    for (Map.Entry<String, JsonNode> entry : right.properties()) {
      String keyword = entry.getKey();
      JsonNode mine = result.get(keyword);
      JsonNode theirs = entry.getValue();
      if (keyword.equals("properties") || keyword.equals("additionalProperties")) {
        continue;
      }
      if ((keyword.equals("items") && clashes(left, right))
          || (keyword.equals("prefixItems") && clashes(right, left))) {
        throw SchemaKeywords.refusal(
            keyword, pointer, "cannot be merged with the prefixItems beside it");
      }
      if (mine == null || mine.equals(theirs)) {
        result.set(keyword, theirs);
      } else {
        mergeKeyword(result, keyword, mine, theirs, pointer);
      }
    }
    return result;
  }

  private static boolean clashes(ObjectNode withPrefix, ObjectNode withItems) {
    JsonNode prefix = withPrefix.get("prefixItems");
    return prefix != null && withItems.has("items") && !prefix.equals(withItems.get("prefixItems"));
  }

  private void mergeKeyword(
      ObjectNode result, String keyword, JsonNode mine, JsonNode theirs, String pointer)
      throws SchemaRefusal {
    switch (keyword) {
      case "type" -> result.set("type", commonTypes(mine, theirs));
      case "enum" -> result.set("enum", commonValues(mine, theirs));
      case "required" -> {
        ArrayNode all = NODES.arrayNode();
        mine.forEach(all::add);
        theirs.forEach(all::add);
        result.set("required", all);
      }
      case "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties" ->
          result.set(keyword, extreme(mine, theirs, true, keyword, pointer));
      case "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties" ->
          result.set(keyword, extreme(mine, theirs, false, keyword, pointer));
      case "items" -> result.set("items", both(mine, theirs));
      case "anyOf", "oneOf" -> {
        String free = keyword.equals("anyOf") ? "oneOf" : "anyOf";
        if (result.has(free)) {
          throw SchemaKeywords.refusal(keyword, pointer, "stands beside too many others");
        }
        result.set(free, theirs);
      }
      default ->
          throw SchemaKeywords.refusal(
              keyword, pointer, "has two different values that must both hold");
    }
  }

  /// A property that one side declares must also please the other side's `additionalProperties`.
  private static void mergeProperties(ObjectNode result, ObjectNode left, ObjectNode right) {
    JsonNode mine = left.path("properties");
    JsonNode theirs = right.path("properties");
    JsonNode myRest = left.get("additionalProperties");
    JsonNode theirRest = right.get("additionalProperties");
    if (mine.isObject() || theirs.isObject()) {
      ObjectNode all = NODES.objectNode();
      for (Map.Entry<String, JsonNode> entry : mine.properties()) {
        JsonNode other = theirs.get(entry.getKey());
        all.set(entry.getKey(), both(entry.getValue(), other == null ? theirRest : other));
      }
      for (Map.Entry<String, JsonNode> entry : theirs.properties()) {
        if (!all.has(entry.getKey())) {
          all.set(entry.getKey(), both(entry.getValue(), myRest));
        }
      }
      result.set("properties", all);
    }
    if (theirRest != null) {
      result.set("additionalProperties", both(theirRest, myRest));
    }
  }

  private static JsonNode both(JsonNode one, @Nullable JsonNode other) {
    if (other == null || other.equals(BooleanNode.TRUE) || other.equals(one)) {
      return one;
    }
    if (one.equals(BooleanNode.TRUE)) {
      return other;
    }
    if (one.equals(BooleanNode.FALSE) || other.equals(BooleanNode.FALSE)) {
      return BooleanNode.FALSE;
    }
    ObjectNode both = NODES.objectNode();
    both.putArray("allOf").add(one).add(other);
    return both;
  }

  private static ArrayNode commonTypes(JsonNode mine, JsonNode theirs) {
    ArrayNode common = NODES.arrayNode();
    for (JsonNode type : mine.isArray() ? mine : NODES.arrayNode().add(mine)) {
      for (JsonNode other : theirs.isArray() ? theirs : NODES.arrayNode().add(theirs)) {
        String one = type.asText();
        String two = other.asText();
        if (one.equals(two) || (one.equals("integer") && two.equals("number"))) {
          common.add(one);
        } else if (one.equals("number") && two.equals("integer")) {
          common.add(two);
        }
      }
    }
    return common;
  }

  private ArrayNode commonValues(JsonNode mine, JsonNode theirs) throws SchemaRefusal {
    ArrayNode common = NODES.arrayNode();
    for (JsonNode value : mine) {
      budget.spendWork(theirs.size());
      if (contains(theirs, value)) {
        common.add(value);
      }
    }
    return common;
  }

  private static boolean contains(JsonNode values, JsonNode wanted) {
    for (JsonNode value : values) {
      if (value.equals(wanted)) {
        return true;
      }
    }
    return false;
  }

  private static JsonNode extreme(
      JsonNode mine, JsonNode theirs, boolean larger, String keyword, String pointer)
      throws SchemaRefusal {
    if (!mine.isNumber() || !theirs.isNumber()) {
      throw SchemaKeywords.refusal(keyword, pointer, "must be a number");
    }
    BigDecimal one = mine.decimalValue();
    BigDecimal two = theirs.decimalValue();
    return one.compareTo(two) >= 0 == larger ? mine : theirs;
  }
}
