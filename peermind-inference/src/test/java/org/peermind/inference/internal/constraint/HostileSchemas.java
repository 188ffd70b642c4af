// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Schemas that take as much memory or work as the limits allow.
public final class HostileSchemas {
  private HostileSchemas() {}

  /// One with tables nearly as large as can be compiled, other ones for every `number`: words of
  /// hundreds of different letters.
  public static String large(int number) {
    StringBuilder properties = new StringBuilder();
    for (int property = 0; property < 5; property++) {
      StringBuilder word = new StringBuilder();
      for (int i = 0; i < 300; i++) {
        word.appendCodePoint(0x4e00 + (i * 37 + property * 641 + number * 997) % 20_000);
      }
      properties
          .append(property == 0 ? "" : ",")
          .append("\"p%d\":{\"type\":\"string\",\"pattern\":\"^%s$\"}".formatted(property, word));
    }
    return "{\"type\":\"object\",\"properties\":{" + properties + "},\"required\":[\"p0\"]}";
  }

  /// Strings of which any of 14 patterns may hold: all of them let nearly every token pass.
  private static String manyPatterns() {
    List<String> branches = new ArrayList<>();
    for (int i = 0; i < 14; i++) {
      branches.add("{\"type\":\"string\",\"pattern\":\"x%c\"}".formatted('a' + i));
    }
    return any(branches);
  }

  /// Strings of 256 lengths: every character moves all of them to places not seen before.
  static String manyLengths() {
    List<String> branches = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      branches.add(
          "{\"type\":\"string\",\"minLength\":%d,\"maxLength\":%d}".formatted(i * 3, 800 + i * 5));
    }
    return any(branches);
  }

  private static String any(List<String> branches) {
    return "{\"type\":\"object\",\"properties\":{\"s\":{\"anyOf\":[%s]}},\"required\":[\"s\"]}"
        .formatted(String.join(",", branches));
  }

  /// By name.
  public static Map<String, String> all() {
    Map<String, String> schemas = new LinkedHashMap<>();
    schemas.put("large tables", large(1));
    schemas.put("14 patterns at once", manyPatterns());
    schemas.put("256 lengths at once", manyLengths());
    schemas.put("subsets", pattern("(a|b)*a(a|b){8}"));
    schemas.put("too many subsets", pattern("(a|b)*a(a|b){20}"));
    schemas.put("repetitions", pattern("([a-z0-9]{1,30}x?){1,30}"));
    schemas.put("too many repetitions", pattern("((((a{1,9}b?){9}){9}){9}){9}"));
    schemas.put("any character a thousand times", pattern("^.{0,1000}$"));
    schemas.put("long enum", longEnum());
    schemas.put(
        "any key and any value",
        "{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[{},{},{\"type\":\"array\"}]}}");
    return schemas;
  }

  private static String pattern(String regex) {
    return "{\"type\":\"object\",\"properties\":{\"s\":{\"type\":\"string\",\"pattern\":\"%s\"}},\"required\":[\"s\"]}"
        .formatted(regex);
  }

  private static String longEnum() {
    StringBuilder values = new StringBuilder();
    for (int i = 0; i < 1_000; i++) {
      values.append(i == 0 ? "" : ",");
      values.append(String.format(Locale.ROOT, "\"%03dvaluexyz\"", (i * 387) % 1_000));
    }
    return "{\"type\":\"object\",\"properties\":{\"s\":{\"enum\":["
        + values
        + "]}},\"required\":[\"s\"]}";
  }
}
