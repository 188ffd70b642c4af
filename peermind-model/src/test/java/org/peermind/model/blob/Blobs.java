// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/// Contents for tests.
final class Blobs {
  private Blobs() {}

  static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static BlobManifest manifest(Path directory, byte[] contents) throws IOException, BlobException {
    Path file = Files.write(directory.resolve("whole"), contents);
    return BlobManifest.of(file, _ -> {});
  }

  static byte[] chunk(byte[] contents, int chunk) {
    int from = chunk * ChunkTree.CHUNK_BYTES;
    return Arrays.copyOfRange(
        contents, from, Math.min(contents.length, from + ChunkTree.CHUNK_BYTES));
  }
}
