// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import org.peermind.inference.AdapterFile;
import org.peermind.inference.EngineException;
import org.peermind.model.ModelDigest;
import org.peermind.protocol.ModelHash;

/// Looks at an adapter's file in Java before native code sees it: the library ends its process over
/// some damaged ones, and the model with it.
public final class AdapterCheck {
  private static final int MAGIC = 0x46554747; // "GGUF" read as a little-endian number

  private AdapterCheck() {}

  /// Returns how many bytes the adapter takes.
  ///
  /// @throws EngineException with one sentence when the file is not there, too large, not the one
  ///   that was named or no sound adapter
  public static long check(AdapterFile adapter) throws EngineException {
    try {
      if (!Files.isRegularFile(adapter.file())) {
        throw new EngineException("There is no adapter file at " + adapter.file() + ".");
      }
      long bytes = Files.size(adapter.file());
      if (bytes > AdapterFile.BYTES_MAX) {
        throw new EngineException(
            "The adapter file %s has %d bytes, and at most %d are allowed."
                .formatted(adapter.file(), bytes, AdapterFile.BYTES_MAX));
      }
      ModelHash found = ModelDigest.sha256(adapter.file());
      if (!found.equals(adapter.sha256())) {
        throw new EngineException(
            "The adapter file %s is not the adapter %s but %s; fetch it again."
                .formatted(adapter.file(), adapter.sha256().shortText(), found.shortText()));
      }
      checkMagic(adapter);
      return bytes;
    } catch (IOException e) {
      throw new EngineException(
          "The adapter file %s cannot be read: %s.".formatted(adapter.file(), e.getMessage()), e);
    }
  }

  private static void checkMagic(AdapterFile adapter) throws IOException, EngineException {
    ByteBuffer head = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel = FileChannel.open(adapter.file(), StandardOpenOption.READ)) {
      while (head.hasRemaining() && channel.read(head) >= 0) {}
    }
    if (head.hasRemaining() || head.flip().getInt() != MAGIC) {
      throw new EngineException("The adapter file " + adapter.file() + " is no GGUF file.");
    }
  }
}
