// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.regex.Pattern;

/// The key that a server asks for. Its text form is hidden, so that no log can hold it.
public record ApiKey(String value) {
  private static final Pattern FORM = Pattern.compile("[\\x21-\\x7e]{1,512}");

  /// @throws IllegalArgumentException when it could not stand in a header; it is not quoted
  public ApiKey {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "An API key is to have 1 to 512 characters of ASCII without spaces");
    }
  }

  @Override
  public String toString() {
    return "ApiKey[hidden]";
  }
}
