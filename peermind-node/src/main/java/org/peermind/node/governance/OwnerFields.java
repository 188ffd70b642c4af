// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.peermind.node.api.OwnerPage.Refused;

/// The fields of a request by the owner, read by type; a null counts as absent.
record OwnerFields(JsonNode body) {
  private static final int TEXT_CHARACTERS_MAX = 4_096;
  private static final int LIST_MAX = 64;

  /// @throws Refused where a field has another name
  static OwnerFields of(JsonNode body, String... names) throws Refused {
    List<String> known = List.of(names);
    for (Map.Entry<String, JsonNode> field : body.properties()) {
      if (!known.contains(field.getKey())) {
        throw wrong("There is a field that this page does not know; it knows " + known + ".");
      }
    }
    return new OwnerFields(body);
  }

  static Refused wrong(String sentence) {
    return new Refused(400, "invalid_value", sentence);
  }

  private Optional<JsonNode> present(String name) {
    return Optional.ofNullable(body.get(name)).filter(value -> !value.isNull());
  }

  Optional<String> text(String name) throws Refused {
    Optional<JsonNode> value = present(name);
    if (value.isEmpty()) {
      return Optional.empty();
    }
    if (!value.get().isTextual() || value.get().textValue().isBlank()) {
      throw wrong(name + " is a text.");
    }
    String text = value.get().textValue();
    if (text.length() > TEXT_CHARACTERS_MAX) {
      throw wrong("%s has %d characters at most.".formatted(name, TEXT_CHARACTERS_MAX));
    }
    return Optional.of(text);
  }

  String requiredText(String name) throws Refused {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      throw new Refused(400, "missing_required_parameter", name + " is missing.");
    }
    return text.get();
  }

  boolean flag(String name, boolean absent) throws Refused {
    Optional<JsonNode> value = present(name);
    if (value.isPresent() && !value.get().isBoolean()) {
      throw wrong(name + " is true or false.");
    }
    return value.map(JsonNode::booleanValue).orElse(absent);
  }

  OptionalLong number(String name, long least, long most) throws Refused {
    Optional<JsonNode> value = present(name);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    JsonNode number = value.get();
    if (!number.isIntegralNumber()
        || !number.canConvertToLong()
        || number.longValue() < least
        || number.longValue() > most) {
      throw wrong("%s is a whole number from %d to %d.".formatted(name, least, most));
    }
    return OptionalLong.of(number.longValue());
  }

  List<String> texts(String name) throws Refused {
    Optional<JsonNode> value = present(name);
    List<String> texts = new ArrayList<>();
    if (value.isEmpty()) {
      return texts;
    }
    if (!value.get().isArray() || value.get().size() > LIST_MAX) {
      throw wrong("%s is a list of at most %d texts.".formatted(name, LIST_MAX));
    }
    for (JsonNode one : value.get()) {
      if (!one.isTextual() || one.textValue().isBlank()) {
        throw wrong(name + " is a list of texts.");
      }
      texts.add(one.textValue());
    }
    return texts;
  }
}
