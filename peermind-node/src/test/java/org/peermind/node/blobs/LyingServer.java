// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.peermind.model.blob.BlobManifest;
import org.peermind.model.blob.ChunkTree;
import org.peermind.node.transport.DirectTls;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ProtocolException;

/// A node that speaks as it should and sends what it should not.
final class LyingServer implements AutoCloseable {
  private final ServerSocket listener = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
  private final IdentityKey key = BlobWorld.key();
  private final BlobManifest manifest;
  private final Lie lie;

  enum Lie {
    WRONG_CHUNK,
    SHORT_CHUNK,
    WRONG_MANIFEST,
    HUGE_MANIFEST,
    DEAD_IN_MIDDLE
  }

  LyingServer(BlobManifest manifest, Lie lie) throws IOException {
    this.manifest = manifest;
    this.lie = lie;
    Thread.ofVirtual().start(this::accept);
  }

  BlobPeer peer() {
    return new BlobPeer(key.id(), "127.0.0.1", listener.getLocalPort());
  }

  private void accept() {
    DirectTls tls = BlobWorld.tls(key);
    while (!listener.isClosed()) {
      try (Socket plain = listener.accept()) {
        DirectTls.Secured secured = tls.accept(plain);
        DataInputStream in = new DataInputStream(secured.socket().getInputStream());
        DataOutputStream out = new DataOutputStream(secured.socket().getOutputStream());
        boolean isUp = true;
        while (isUp) {
          isUp = answer(BlobWire.readQuestion(in), out);
        }
      } catch (IOException | ProtocolException gone) {
        // The other side hung up, as it should.
      }
    }
  }

  /// @return whether it goes on
  private boolean answer(BlobWire.Question question, DataOutputStream out) throws IOException {
    return switch (question) {
      case BlobWire.Question.Manifest _ -> {
        byte[] encoded = manifest.toBytes();
        if (lie == Lie.WRONG_MANIFEST) {
          encoded[encoded.length - 1] ^= 1;
        }
        BlobWire.here(out, lie == Lie.HUGE_MANIFEST ? Integer.MAX_VALUE : encoded.length);
        out.write(encoded);
        yield true;
      }
      case BlobWire.Question.Chunk(_, int chunk) -> {
        int length = manifest.name().chunkBytes(chunk);
        BlobWire.here(out, lie == Lie.SHORT_CHUNK ? length - 1 : length);
        out.write(new byte[lie == Lie.DEAD_IN_MIDDLE ? ChunkTree.CHUNK_BYTES / 3 : length]);
        yield lie != Lie.DEAD_IN_MIDDLE;
      }
    };
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
