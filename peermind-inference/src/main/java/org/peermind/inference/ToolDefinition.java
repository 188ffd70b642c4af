// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.regex.Pattern;

/// A function that the asking program offers to the model, in the form of OpenAI's API.
///
/// @param name 1 to 64 letters, digits, underscores and hyphens
/// @param description for the model; may be empty
/// @param parametersJson JSON Schema of the arguments
public record ToolDefinition(String name, String description, String parametersJson) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  public static final int DESCRIPTION_BYTES_MAX = 8_192;
  public static final int PARAMETERS_BYTES_MAX = 65_536;

  /// @throws IllegalArgumentException when the name is malformed or a text too long
  public ToolDefinition {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "A tool's name has 1 to 64 letters, digits, underscores and hyphens");
    }
    if (Utf8.length(description) > DESCRIPTION_BYTES_MAX
        || Utf8.length(parametersJson) > PARAMETERS_BYTES_MAX) {
      throw new IllegalArgumentException(
          "A tool's description has at most %d bytes and its parameters at most %d"
              .formatted(DESCRIPTION_BYTES_MAX, PARAMETERS_BYTES_MAX));
    }
  }

  long bytes() {
    return name.length() + Utf8.length(description) + Utf8.length(parametersJson);
  }

  @Override
  public String toString() {
    return "ToolDefinition[" + bytes() + " bytes]";
  }
}
