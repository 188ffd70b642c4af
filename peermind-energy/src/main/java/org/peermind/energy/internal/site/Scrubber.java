// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Replaces what could tell who and where a device is by values of the same shape. It goes by what
/// may stay: short numbers, times, and words that the public profile itself contains; every other
/// text goes. The same value is replaced by the same one throughout.
final class Scrubber {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final int DEPTH_MAX = 60;
  private static final Pattern TELLING =
      Pattern.compile(
          "serial|^sn$|_sn$|uuid|uid|imei|iccid|mac|ssid|bssid|mail|user|owner|name|host|addr|^ip|"
              + "_ip$|url|uri|lat$|latitude|^lon|lng|longitude|^alt|elevation|geo|location|city|"
              + "street|zip|"
              + "postal|phone|pass|pwd|token|secret|auth|key|session|cookie|pin$|"
              + "(?:post|pass|pin|access)_?code$|eid|part_?n|"
              + "device_id|unique|portal|vin$|account|site_id|^id$|_id$");
  private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,7}(?:\\.[0-9]{1,6})?");
  private static final Pattern TIME =
      Pattern.compile(
          "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,9})?)?"
              + "(Z|[+-][0-9]{2}:?[0-9]{2})?|[0-9]{2}:[0-9]{2}(:[0-9]{2})?");
  private static final Pattern PLAIN_KEY =
      Pattern.compile("[A-Za-z_]{1,40}[0-9]{0,3}[A-Za-z_]{0,20}(:[0-9]{1,3})?");
  private static final Pattern ADDRESS =
      Pattern.compile("([0-9]{1,3}\\.){3}[0-9]{1,3}|([0-9A-Fa-f]{2}[:-]){2}|@");
  private static final Pattern REGISTER = Pattern.compile("[0-9]{1,5}");
  private static final Set<String> TABLES = Set.of("holding", "input", "registers");

  private final Set<String> words;
  private final RandomGenerator random;
  private final Map<String, String> replaced = new HashMap<>();
  private final Set<String> kinds = new TreeSet<>();

  /// @param words that may stay, because everybody can read them
  Scrubber(Set<String> words, RandomGenerator random) {
    this.words = Set.copyOf(words);
    this.random = random;
  }

  /// The text without what tells; empty when it is not JSON, and so cannot be scrubbed safely.
  Optional<String> scrubbed(String text) {
    try {
      JsonNode document = JSON.readTree(text);
      return document == null || !document.isContainerNode()
          ? Optional.empty()
          : Optional.of(node(document, "", 0).toString());
    } catch (JsonProcessingException notJson) {
      return Optional.empty();
    }
  }

  /// The names of the members that were replaced, for the owner; names that tell are left out.
  Set<String> kinds() {
    return new TreeSet<>(kinds);
  }

  private JsonNode node(JsonNode node, String key, int depth) {
    if (depth > DEPTH_MAX) {
      return JsonNodeFactory.instance.nullNode();
    }
    if (node instanceof ObjectNode object) {
      ObjectNode all = JsonNodeFactory.instance.objectNode();
      object
          .properties()
          .forEach(
              member ->
                  all.set(
                      path(member.getKey()),
                      TABLES.contains(member.getKey())
                          ? table(member.getValue(), depth + 1)
                          : node(member.getValue(), inherited(key, member.getKey()), depth + 1)));
      return all;
    }
    if (node instanceof ArrayNode array) {
      ArrayNode all = JsonNodeFactory.instance.arrayNode();
      array.forEach(each -> all.add(node(each, key, depth + 1)));
      return all;
    }
    if (node.isTextual()) {
      return text(node.asText(), key, depth);
    }
    return node.isNumber() && tells(key, node) ? number(node, key) : node;
  }

  /// What stands below a member that tells, tells as well.
  private static String inherited(String above, String key) {
    return isTelling(above) && !isTelling(key) ? above : key;
  }

  private static boolean isTelling(String key) {
    return TELLING.matcher(key.toLowerCase(Locale.ROOT)).find();
  }

  private boolean tells(String key, JsonNode number) {
    if (isTelling(key)) {
      return true;
    }
    boolean time = key.toLowerCase(Locale.ROOT).matches(".*(time|stamp|epoch|readat|updated).*|ts");
    BigDecimal value = number.decimalValue().abs();
    return value.compareTo(BigDecimal.valueOf(10_000_000)) >= 0 && !time;
  }

  private JsonNode number(JsonNode number, String key) {
    kind(key);
    String shape = shaped(number.decimalValue().abs().toPlainString());
    return number.isIntegralNumber()
        ? JsonNodeFactory.instance.numberNode(new BigInteger(shape))
        : JsonNodeFactory.instance.numberNode(new BigDecimal(shape));
  }

  private JsonNode text(String text, String key, int depth) {
    if (text.startsWith("{") || text.startsWith("[")) { // a payload of MQTT is JSON in a text
      Optional<String> inner = depth < 5 ? scrubbed(text) : Optional.empty();
      if (inner.isPresent()) {
        return TextNode.valueOf(inner.get());
      }
    }
    if (text.isEmpty() || TIME.matcher(text).matches()) {
      return TextNode.valueOf(text);
    }
    boolean harmless =
        !isTelling(key)
            && (NUMBER.matcher(text).matches()
                || Arrays.stream(text.split(" ", -1)).allMatch(this::isPublic));
    if (harmless) {
      return TextNode.valueOf(text);
    }
    kind(key);
    return TextNode.valueOf(shaped(text));
  }

  private boolean isPublic(String word) {
    return words.contains(word) && !word.matches(".*[0-9]{4,}.*");
  }

  private String path(String key) {
    if (ADDRESS.matcher(key).find()) {
      kinds.add("names of members");
      return shaped(key);
    }
    StringBuilder parts = new StringBuilder();
    for (String part : key.split("(?<=[/.])|(?=[/.])", -1)) {
      boolean plain =
          part.isEmpty()
              || part.equals("/")
              || part.equals(".")
              || isPublic(part)
              || PLAIN_KEY.matcher(part).matches()
              || part.matches("[0-9]{1,3}");
      if (!plain) {
        kinds.add("names of members");
      }
      parts.append(plain ? part : shaped(part));
    }
    return parts.toString();
  }

  private void kind(String key) {
    kinds.add(PLAIN_KEY.matcher(key).matches() ? key : "texts");
  }

  /// Registers: words that spell a text are replaced, where it is none of the profile's words.
  private JsonNode table(JsonNode table, int depth) {
    if (table instanceof ArrayNode row) {
      return row(row);
    }
    if (!(table instanceof ObjectNode object)
        || object.properties().stream().anyMatch(m -> !REGISTER.matcher(m.getKey()).matches())) {
      return node(table, "", depth);
    }
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    object
        .properties()
        .forEach(
            member ->
                all.set(
                    member.getKey(),
                    member.getValue() instanceof ArrayNode row
                        ? row(row)
                        : node(member.getValue(), "", depth)));
    return all;
  }

  private JsonNode row(ArrayNode row) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    int at = 0;
    while (at < row.size()) {
      int end = at;
      while (end < row.size() && spells(row.get(end))) {
        end++;
      }
      if (end - at < 3) {
        end = Math.max(end, at + 1);
        for (int i = at; i < end; i++) {
          all.add(node(row.get(i), "", 1));
        }
      } else {
        spelled(row, at, end).forEach(all::add);
      }
      at = end;
    }
    return all;
  }

  private List<Integer> spelled(ArrayNode row, int from, int to) {
    StringBuilder text = new StringBuilder();
    for (int i = from; i < to; i++) {
      text.append((char) (row.get(i).asInt() >> 8)).append((char) (row.get(i).asInt() & 0xFF));
    }
    String plain = text.toString();
    String shaped = isPublic(plain.replace("\0", "").strip()) ? plain : shaped(plain);
    if (!shaped.equals(plain)) {
      kinds.add("texts in registers");
    }
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < shaped.length(); i += 2) {
      all.add(shaped.charAt(i) << 8 | shaped.charAt(i + 1));
    }
    return all;
  }

  private static boolean spells(@Nullable JsonNode word) {
    if (word == null || !word.isIntegralNumber() || word.asInt() == 0) {
      return false;
    }
    int high = word.asInt() >> 8;
    int low = word.asInt() & 0xFF;
    return high >= 0x20 && high < 0x7F && ((low >= 0x20 && low < 0x7F) || low == 0);
  }

  /// Another value of the same shape; always the same one for the same value.
  private String shaped(String text) {
    String known = replaced.get(text);
    if (known != null) {
      return known;
    }
    String other = text;
    for (int tries = 0;
        tries < 20 && (other.equals(text) || replaced.containsValue(other));
        tries++) {
      other = drawn(text);
    }
    replaced.put(text, other);
    return other;
  }

  private String drawn(String text) {
    StringBuilder other = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= '0' && c <= '9') {
        other.append((char) ('1' + random.nextInt(9)));
      } else if (Character.isLetter(c)) {
        int base = Character.isUpperCase(c) ? 'A' : 'a';
        boolean hex = Character.digit(c, 16) >= 0;
        other.append((char) (base + random.nextInt(hex ? 6 : 26)));
      } else {
        other.append(c < 0x80 ? c : '.');
      }
    }
    return other.toString();
  }
}
