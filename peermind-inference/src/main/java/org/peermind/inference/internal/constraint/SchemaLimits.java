// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.nio.charset.StandardCharsets;
import org.peermind.inference.ConstraintCheck;

/// Counts what a schema may have only so many of.
final class SchemaLimits {
  private int properties;
  private int enumValues;
  private int enumBytes;

  void property(String name, String pointer) throws SchemaRefusal {
    wellFormed(name, pointer);
    if (++properties > ConstraintCheck.PROPERTIES_MAX) {
      throw new SchemaRefusal(
          "The schema has more than %d properties.".formatted(ConstraintCheck.PROPERTIES_MAX));
    }
  }

  void enumValue(String json, String pointer) throws SchemaRefusal {
    wellFormed(json, pointer);
    enumValues++;
    enumBytes += json.getBytes(StandardCharsets.UTF_8).length;
    if (enumValues > ConstraintCheck.ENUM_VALUES_MAX
        || enumBytes > ConstraintCheck.ENUM_BYTES_MAX) {
      throw new SchemaRefusal(
          "The schema's enums have more than %d values or %d bytes."
              .formatted(ConstraintCheck.ENUM_VALUES_MAX, ConstraintCheck.ENUM_BYTES_MAX));
    }
  }

  private static void wellFormed(String text, String pointer) throws SchemaRefusal {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new SchemaRefusal(
          "The schema at %s has a string with half of a surrogate pair, which UTF-8 cannot write."
              .formatted(pointer));
    }
  }
}
