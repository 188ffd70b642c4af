// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/// A process that keeps chunks 0 and 2, makes them durable, keeps chunk 3, and waits to be killed.
final class KilledWriter {
  private KilledWriter() {}

  public static void main(String[] arguments) throws Exception {
    Path whole = Path.of(arguments[0]);
    byte[] contents = Files.readAllBytes(whole);
    PartialBlob partial =
        PartialBlob.begin(PartFile::open, Path.of(arguments[1]), BlobManifest.of(whole, _ -> {}));
    keep(partial, contents, 0);
    keep(partial, contents, 2);
    partial.flush();
    keep(partial, contents, 3);
    System.out.println("flushed");
    new CountDownLatch(1).await();
  }

  private static void keep(PartialBlob partial, byte[] contents, int chunk) throws Exception {
    byte[] bytes = Blobs.chunk(contents, chunk);
    partial.keep(chunk, bytes, bytes.length);
  }
}
