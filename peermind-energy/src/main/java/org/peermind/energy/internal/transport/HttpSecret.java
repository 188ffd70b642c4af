// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.EnergyAdapterException;

/// A password or token. One that stands in a file is read again at every use, so that the owner can
/// put a new one there while the node runs.
///
/// @param name the setting's key, for messages
/// @param value the secret itself, null when it is in a file
record HttpSecret(String name, @Nullable String value, @Nullable Path file) {
  private static final int BYTES_MAX = 16_384;

  /// Whether the owner gave one at all.
  boolean given() {
    return value != null || file != null;
  }

  /// @throws EnergyAdapterException when the file cannot be read or holds nothing usable
  String read() throws EnergyAdapterException {
    if (file == null) {
      return value == null ? "" : value;
    }
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(BYTES_MAX + 1);
    } catch (IOException unreadable) {
      throw new EnergyAdapterException(
          "The file %s with the %s cannot be read; see that it is there and that the node may read"
                  .formatted(file, name)
              + " it.",
          unreadable);
    }
    String text = new String(bytes, StandardCharsets.UTF_8).strip();
    if (bytes.length > BYTES_MAX || !HttpAsk.printable(text, 1)) {
      throw new EnergyAdapterException(
          "The file %s is to hold the %s alone, on one line.".formatted(file, name));
    }
    return text;
  }

  @Override
  public String toString() {
    return name;
  }
}
