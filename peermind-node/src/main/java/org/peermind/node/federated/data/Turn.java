// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// One message of a conversation to learn from. Its text form leaves out what was said.
public record Turn(Role role, String text) {
  /// Who speaks.
  public enum Role {
    SYSTEM,
    USER,
    ASSISTANT;

    /// The name that chat templates know it by.
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Role> of(String label) {
      return Arrays.stream(values()).filter(role -> role.label().equals(label)).findFirst();
    }
  }

  @Override
  public String toString() {
    return "Turn[" + role + ", " + text.length() + " characters]";
  }
}
