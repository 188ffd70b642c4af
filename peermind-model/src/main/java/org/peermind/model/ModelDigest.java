// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.LongConsumer;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.Sha256;

/// Computes the SHA-256 that names a model.
public final class ModelDigest {
  private static final int CHUNK_BYTES = 1 << 18;

  private ModelDigest() {}

  /// Reads the whole file and returns its hash.
  public static ModelHash sha256(Path file) throws IOException {
    return sha256(file, _ -> {});
  }

  /// Reads the whole file and returns its hash; `read` hears how many bytes were read so far.
  public static ModelHash sha256(Path file, LongConsumer read) throws IOException {
    MessageDigest digest = Sha256.digest();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] chunk = new byte[CHUNK_BYTES];
      long bytes = 0;
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        digest.update(chunk, 0, count);
        bytes += count;
        read.accept(bytes);
      }
    }
    return new ModelHash(HexFormat.of().formatHex(digest.digest()));
  }
}
