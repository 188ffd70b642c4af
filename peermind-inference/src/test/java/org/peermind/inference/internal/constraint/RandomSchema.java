// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Writes random schemas of everything that is enforced, each with at least one valid value.
final class RandomSchema {
  private static final List<String> STRINGS =
      List.of(
          "",
          ",\"minLength\":2",
          ",\"maxLength\":5",
          ",\"minLength\":3,\"maxLength\":4",
          ",\"maxLength\":0",
          ",\"pattern\":\"^[A-Z]{2}-[0-9]+$\"",
          ",\"pattern\":\"(cat|dog)s?\"",
          ",\"pattern\":\"^[^a-z\\\"]*$\",\"maxLength\":4",
          ",\"pattern\":\"^\\\\w+\\\\s\\\\d$\",\"minLength\":5",
          ",\"format\":\"date\"",
          ",\"format\":\"time\"",
          ",\"format\":\"date-time\"",
          ",\"format\":\"uuid\"",
          // The validator knows the names that ICANN has given out.
          ",\"format\":\"email\",\"pattern\":\"\\\\.com$\"",
          ",\"format\":\"ipv4\"",
          ",\"format\":\"ipv6\"",
          ",\"format\":\"hostname\"",
          ",\"format\":\"duration\"",
          ",\"format\":\"uri\"",
          ",\"format\":\"of-our-own\"");
  private static final List<String> NUMBERS =
      List.of(
          "",
          ",\"minimum\":0",
          ",\"minimum\":-17,\"maximum\":203",
          ",\"exclusiveMinimum\":0,\"exclusiveMaximum\":3",
          ",\"maximum\":-5",
          ",\"minimum\":999,\"maximum\":1001",
          ",\"multipleOf\":7",
          ",\"multipleOf\":12,\"minimum\":-40,\"maximum\":100");
  private static final List<String> FRACTIONS =
      List.of(
          ",\"minimum\":-0.25,\"maximum\":0.125",
          ",\"exclusiveMinimum\":1.5,\"maximum\":1.75",
          ",\"minimum\":0,\"maximum\":1",
          ",\"multipleOf\":0.01,\"minimum\":3");
  private static final String[] NAMES = {"a", "b", "name", "two words", "q\\\"uote", "é", "ab"};

  private final RandomGenerator random;

  RandomSchema(RandomGenerator random) {
    this.random = random;
  }

  String write() {
    String defs = ",\"$defs\":{\"leaf\":" + value(3) + ",\"tree\":" + TREE + "}}";
    String body = value(0);
    return body.substring(0, body.length() - 1) + (body.length() > 2 ? defs : defs.substring(1));
  }

  private static final String TREE =
      "{\"type\":\"object\",\"properties\":{\"v\":{\"type\":\"integer\"},\"kids\":"
          + "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/tree\"},\"maxItems\":2}},"
          + "\"required\":[\"v\"],\"additionalProperties\":false}";

  private String value(int depth) {
    int kind = random.nextInt(depth >= 3 ? 6 : 12);
    return switch (kind) {
      case 0, 1 -> "{\"type\":\"string\"" + one(STRINGS) + "}";
      case 2 -> "{\"type\":\"integer\"" + one(NUMBERS) + "}";
      case 3 ->
          "{\"type\":\"number\"" + (random.nextBoolean() ? one(NUMBERS) : one(FRACTIONS)) + "}";
      case 4 -> "{\"enum\":[\"red\",\"r\",3,null,{\"a\":[15]},\"\\n\"],\"title\":\"T\"}";
      case 5 -> "{\"type\":[\"boolean\",\"null\"],\"description\":\"D\"}";
      case 6, 7 -> object(depth);
      case 8 -> array(depth);
      case 9 -> "{\"anyOf\":[" + value(depth + 1) + "," + value(depth + 1) + "]}";
      case 10 -> "{\"$ref\":\"#/$defs/" + (random.nextBoolean() ? "leaf" : "tree") + "\"}";
      default ->
          "{\"allOf\":[{\"type\":\"object\",\"properties\":{\"x\":"
              + value(depth + 1)
              + "},\"required\":[\"x\"]},{\"properties\":{\"y\":"
              + value(depth + 1)
              + "},\"additionalProperties\":true}]}";
    };
  }

  private String object(int depth) {
    List<String> properties = new ArrayList<>();
    List<String> required = new ArrayList<>();
    for (String name : NAMES) {
      if (random.nextInt(3) == 0) {
        properties.add("\"" + name + "\":" + value(depth + 1));
        if (random.nextBoolean()) {
          required.add("\"" + name + "\"");
        }
      }
    }
    String more =
        switch (random.nextInt(4)) {
          case 0 -> ",\"additionalProperties\":false";
          case 1 -> ",\"additionalProperties\":true";
          case 2 -> ",\"additionalProperties\":" + value(depth + 2);
          default -> "";
        };
    return "{\"type\":\"object\",\"properties\":{"
        + String.join(",", properties)
        + "},\"required\":["
        + String.join(",", required)
        + "]"
        + more
        + "}";
  }

  private String array(int depth) {
    String bounds =
        switch (random.nextInt(4)) {
          case 0 -> ",\"minItems\":2";
          case 1 -> ",\"minItems\":1,\"maxItems\":3";
          case 2 -> ",\"maxItems\":2,\"prefixItems\":[" + value(depth + 1) + "]";
          default -> ",\"maxItems\":4";
        };
    return "{\"type\":\"array\",\"items\":" + value(depth + 1) + bounds + "}";
  }

  private String one(List<String> list) {
    return list.get(random.nextInt(list.size()));
  }
}
