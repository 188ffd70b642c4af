// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.util.regex.Pattern;

/// A short name from the configuration or the program, such as `replay` or `0.1.0`. It has no
/// spaces, so that no sentence fits in.
public record Word(String text) {
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/$-]{0,63}");

  /// @throws IllegalArgumentException unless `text` has 1 to 64 letters, digits or `._:/$-`
  public Word {
    if (!FORM.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "A word in an event has 1 to 64 letters, digits or ._:/$- and no spaces");
    }
  }

  /// The nearest word to `text`, for names that others chose: what does not fit becomes `-`.
  public static Word near(String text) {
    String kept = text.replaceAll("[^A-Za-z0-9._:/$-]", "-").replaceFirst("^[^A-Za-z0-9]+", "");
    return new Word(kept.isEmpty() ? "unnamed" : kept.substring(0, Math.min(kept.length(), 64)));
  }

  @Override
  public String toString() {
    return text;
  }
}
