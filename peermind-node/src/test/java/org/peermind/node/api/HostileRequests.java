// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// Requests that are made to cost much (trust facts 5.4, fault 25), by what is wrong with them.
/// Each is as large as the API reads at all, where size is what it is about.
public final class HostileRequests {
  private static final int BODY_BYTES = 1024 * 1024;
  private static final String HEAD =
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],";
  private static final String SCHEMA =
      HEAD
          + "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\","
          + "\"schema\":%s}}}";

  private HostileRequests() {}

  /// Each by its name, as the bytes of a body for `/v1/responses`.
  public static Map<String, byte[]> responses() {
    String head = "{\"model\":\"m\",\"input\":";
    String schema =
        head
            + "\"hi\",\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\",\"schema\":%s}}}";
    Map<String, String> requests = new LinkedHashMap<>();
    requests.put(
        "60,000 nested brackets in a schema",
        schema.formatted("{\"enum\":" + "[".repeat(60_000) + "]".repeat(60_000) + "}"));
    requests.put("60,000 nested items", head + "[".repeat(60_000) + "]".repeat(60_000) + "}");
    requests.put("a million-token input", head + "\"" + "a ".repeat(BODY_BYTES / 2 - 100) + "\"}");
    requests.put(
        "a million-token instruction",
        head + "\"hi\",\"instructions\":\"" + "a ".repeat(BODY_BYTES / 2 - 100) + "\"}");
    requests.put(
        "thousands of items",
        head + "[" + "{\"role\":\"user\",\"content\":\"\"},".repeat(3_000) + "{}]}");
    requests.put(
        "thousands of calls in one turn",
        head
            + "["
            + "{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"\"},"
                .repeat(400)
            + "{}]}");
    requests.put(
        "thousands of parts",
        head
            + "[{\"role\":\"user\",\"content\":["
            + "{\"type\":\"input_text\",\"text\":\"\"},".repeat(3_000)
            + "{}]}]}");
    requests.put(
        "thousands of tools",
        head
            + "\"hi\",\"tools\":["
            + "{\"type\":\"function\",\"name\":\"f\"},".repeat(3_000)
            + "{}]}");
    requests.put("thousands of labels", head + "\"hi\",\"metadata\":{" + biases(5_000) + "}}");
    requests.put("endless output", head + "\"hi\",\"max_output_tokens\":2147483647}");
    return bytes(requests);
  }

  /// Each by its name, as the bytes of a body for `/v1/chat/completions`.
  public static Map<String, byte[]> all() {
    Map<String, String> requests = new LinkedHashMap<>();
    requests.put(
        "60,000 nested brackets in a schema",
        SCHEMA.formatted("{\"enum\":" + "[".repeat(60_000) + "]".repeat(60_000) + "}"));
    requests.put(
        "60,000 nested objects in a schema",
        SCHEMA.formatted("{\"items\":".repeat(60_000) + "{}" + "}".repeat(60_000)));
    requests.put(
        "a pattern of 30,000 groups",
        SCHEMA.formatted(
            "{\"type\":\"string\",\"pattern\":\""
                + "(".repeat(30_000)
                + "a"
                + ")".repeat(30_000)
                + "\"}"));
    requests.put(
        "a pattern that multiplies",
        SCHEMA.formatted(
            "{\"type\":\"string\",\"pattern\":\"((((a{1,99}){1,99}){1,99}){1,99}){1,99}\"}"));
    requests.put(
        "a schema that refers to itself in many ways",
        SCHEMA.formatted(
            "{\"$defs\":{\"a\":{\"anyOf\":["
                + "{\"$ref\":\"#/$defs/a\"},".repeat(1_000)
                + "{\"$ref\":\"#/$defs/a\"}]}},\"$ref\":\"#/$defs/a\"}"));
    requests.put("5,000 enum values", SCHEMA.formatted("{\"enum\":[" + numbers(5_000) + "]}"));
    requests.put(
        "a million-token prompt",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\""
            + "a ".repeat(BODY_BYTES / 2 - 100)
            + "\"}]}");
    requests.put("a temperature of 1e999", HEAD + "\"temperature\":1e999}");
    requests.put("a top_p of -1e-999999999", HEAD + "\"top_p\":-1e-999999999}");
    requests.put("an endless exponent", HEAD + "\"temperature\":1e" + "9".repeat(500_000) + "}");
    requests.put("a top_k of 2^63", HEAD + "\"top_k\":9223372036854775808}");
    requests.put("endless output", HEAD + "\"max_tokens\":2147483647}");
    requests.put("100,000 biases", HEAD + "\"logit_bias\":{" + biases(100_000) + "}}");
    requests.put("5,000 biases", HEAD + "\"logit_bias\":{" + biases(5_000) + "}}");
    requests.put("a bias of 1e308", HEAD + "\"logit_bias\":{\"5\":1e308}}");
    requests.put(
        "thousands of tools",
        HEAD
            + "\"tools\":["
            + "{\"type\":\"function\",\"function\":{\"name\":\"f\"}},".repeat(3_000)
            + "{}]}");
    requests.put(
        "millions of newlines", "{\"model\":\"m\"," + "\n".repeat(BODY_BYTES - 100) + "\"x\":1}");
    return bytes(requests);
  }

  private static Map<String, byte[]> bytes(Map<String, String> requests) {
    Map<String, byte[]> bodies = new LinkedHashMap<>();
    requests.forEach((name, json) -> bodies.put(name, json.getBytes(StandardCharsets.UTF_8)));
    return bodies;
  }

  private static String numbers(int count) {
    StringBuilder numbers = new StringBuilder("0");
    for (int i = 1; i < count; i++) {
      numbers.append(',').append(i);
    }
    return numbers.toString();
  }

  private static String biases(int count) {
    StringBuilder biases = new StringBuilder("\"0\":1");
    for (int i = 1; i < count && biases.length() < BODY_BYTES - 1_000; i++) {
      biases.append(",\"").append(i).append("\":1");
    }
    return biases.toString();
  }
}
