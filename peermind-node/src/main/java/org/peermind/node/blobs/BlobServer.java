// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.peermind.model.blob.BlobManifest;
import org.peermind.model.blob.ChunkTree;
import org.peermind.node.transport.DirectTls;
import org.peermind.node.transport.Scheduler;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;

/// Gives manifests and chunks of the models on its shelf to nodes that ask, over TLS with
/// certificates on both sides. Every chunk is checked as it is read, so that a damaged disk does
/// not make a liar of an honest node. One virtual thread for each connection, a bounded number of
/// them.
public final class BlobServer implements AutoCloseable {
  private static final int SLICE_BYTES = 1 << 16;
  private static final int BACKLOG = 64;
  private static final long ACCEPT_PAUSE_NANOS = Duration.ofMillis(50).toNanos();

  private final ServerSocket listener;
  private final DirectTls tls;
  private final BlobShelf shelf;
  private final ByteRate rate;
  private final BlobServerSettings settings;
  private final Scheduler scheduler;
  private final Semaphore room;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  // Guarded by itself.
  private final Map<NodeId, Integer> connectionsOf = new HashMap<>();

  private BlobServer(
      ServerSocket listener,
      DirectTls tls,
      BlobShelf shelf,
      ByteRate rate,
      BlobServerSettings settings,
      Scheduler scheduler) {
    this.listener = listener;
    this.tls = tls;
    this.shelf = shelf;
    this.rate = rate;
    this.settings = settings;
    this.scheduler = scheduler;
    this.room = new Semaphore(settings.connectionsMax());
  }

  /// Begins to listen.
  ///
  /// @param port 0 picks a free one
  /// @param tls made with [#APPLICATION]
  /// @param rate of all that is given together: the owner's setting
  /// @param scheduler ends what takes too long; outlives the server
  /// @throws IOException with one sentence when the address cannot be had
  public static BlobServer listen(
      String host,
      int port,
      DirectTls tls,
      BlobShelf shelf,
      ByteRate rate,
      BlobServerSettings settings,
      Scheduler scheduler)
      throws IOException {
    ServerSocket listener = new ServerSocket();
    try {
      listener.setReuseAddress(true);
      listener.bind(new InetSocketAddress(host, port), BACKLOG);
    } catch (IOException taken) {
      listener.close();
      throw new IOException(
          "This machine cannot listen for models at %s:%d (%s); choose another address or port."
              .formatted(host, port, taken.getMessage()),
          taken);
    }
    BlobServer server = new BlobServer(listener, tls, shelf, rate, settings, scheduler);
    BlobLog.listening(host + ":" + server.port());
    Thread.ofVirtual().name("blob-server").start(server::accept);
    return server;
  }

  /// What nodes speak here, for [DirectTls].
  public static final String APPLICATION = BlobWire.APPLICATION;

  public int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket plain = listener.accept();
        if (room.tryAcquire()) {
          open.add(plain);
          Thread.ofVirtual().name("blob-connection").start(() -> hold(plain));
        } else {
          plain.close();
        }
      } catch (IOException ended) {
        BlobLog.connectionEnded(String.valueOf(ended.getMessage()));
        // Where no more files may be open, it would fail again and again at once.
        LockSupport.parkNanos(ACCEPT_PAUSE_NANOS);
      }
    }
  }

  /// From the first packet to the last.
  private void hold(Socket plain) {
    try (plain) {
      plain.setTcpNoDelay(true);
      plain.setSoTimeout((int) settings.handshakeMax().toMillis());
      Scheduler.Task cut = scheduler.after(settings.handshakeMax(), () -> abort(plain));
      DirectTls.Secured secured;
      try {
        secured = tls.accept(plain);
      } finally {
        cut.cancel();
      }
      plain.setSoTimeout((int) settings.idleMax().toMillis());
      serve(plain, secured);
    } catch (IOException | ProtocolException ended) {
      BlobLog.connectionEnded(String.valueOf(ended.getMessage()));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException bug) {
      BlobLog.failed(bug);
    } finally {
      open.remove(plain);
      room.release();
    }
  }

  private void serve(Socket plain, DirectTls.Secured secured)
      throws IOException, ProtocolException, InterruptedException {
    NodeId peer = secured.peer();
    if (!enter(peer)) {
      return;
    }
    try {
      // Only the plain socket is closed: TLS would wait to say goodbye to a peer that does not
      // read.
      DataInputStream in = new DataInputStream(secured.socket().getInputStream());
      DataOutputStream out =
          new DataOutputStream(new BufferedOutputStream(secured.socket().getOutputStream()));
      byte[] chunk = new byte[ChunkTree.CHUNK_BYTES];
      while (!listener.isClosed()) {
        answer(BlobWire.readQuestion(in), peer, plain, out, chunk);
      }
    } finally {
      leave(peer);
    }
  }

  private boolean enter(NodeId peer) {
    synchronized (connectionsOf) {
      if (connectionsOf.getOrDefault(peer, 0) >= settings.connectionsPerPeerMax()) {
        return false;
      }
      connectionsOf.merge(peer, 1, Integer::sum);
      return true;
    }
  }

  private void leave(NodeId peer) {
    synchronized (connectionsOf) {
      connectionsOf.computeIfPresent(peer, (_, count) -> count == 1 ? null : count - 1);
    }
  }

  private void answer(
      BlobWire.Question question, NodeId peer, Socket plain, DataOutputStream out, byte[] buffer)
      throws IOException, InterruptedException {
    ModelHash model = question.model();
    Optional<BlobShelf.Blob> blob;
    try {
      blob = shelf.find(peer, model);
    } catch (IOException broken) {
      refuse(peer, model, "This node cannot read the model just now.", broken.toString(), out);
      return;
    }
    if (blob.isEmpty()) {
      refuse(peer, model, "This node does not give the model.", "it is not on the shelf", out);
      return;
    }
    BlobManifest manifest = blob.get().manifest();
    switch (question) {
      case BlobWire.Question.Manifest _ -> {
        byte[] encoded = manifest.toBytes();
        send(encoded, encoded.length, plain, out);
      }
      case BlobWire.Question.Chunk(_, int chunk) -> {
        int length = read(blob.get(), chunk, buffer);
        if (length < 0) {
          refuse(peer, model, "This node does not have the chunk.", "no chunk " + chunk, out);
        } else {
          send(buffer, length, plain, out);
        }
      }
    }
  }

  private static void refuse(
      NodeId peer, ModelHash model, String sentence, String reason, DataOutputStream out)
      throws IOException {
    BlobLog.notGiven(peer, model, reason);
    BlobWire.notHere(out, sentence);
  }

  /// @return bytes of the chunk, or -1 when there is none that is right
  private static int read(BlobShelf.Blob blob, int chunk, byte[] buffer) {
    BlobManifest manifest = blob.manifest();
    if (chunk < 0 || chunk >= manifest.name().chunks()) {
      return -1;
    }
    int length = manifest.name().chunkBytes(chunk);
    ByteBuffer into = ByteBuffer.wrap(buffer, 0, length);
    try (FileChannel file = FileChannel.open(blob.file())) {
      long position = (long) chunk * ChunkTree.CHUNK_BYTES;
      for (int read = 0; into.hasRemaining() && read >= 0; ) {
        read = file.read(into, position + into.position());
      }
    } catch (IOException unreadable) {
      BlobLog.diskFailed(unreadable);
      return -1;
    }
    if (!manifest.isChunk(chunk, buffer, into.position())) {
      BlobLog.damagedHere(manifest.name().sha256(), chunk);
      return -1;
    }
    return length;
  }

  private void send(byte[] bytes, int length, Socket plain, DataOutputStream out)
      throws IOException, InterruptedException {
    BlobWire.here(out, length);
    for (int from = 0; from < length; from += SLICE_BYTES) {
      int slice = Math.min(SLICE_BYTES, length - from);
      rate.take(slice);
      Scheduler.Task cut = within(settings.sliceMax(), plain);
      try {
        out.write(bytes, from, slice);
        out.flush();
      } finally {
        cut.cancel();
      }
    }
  }

  private Scheduler.Task within(Duration limit, Socket plain) {
    return scheduler.after(limit, () -> abort(plain));
  }

  /// Closes the socket below TLS, which does not wait for a peer that no longer reads.
  private static void abort(Socket plain) {
    try {
      plain.close();
    } catch (IOException gone) {
      BlobLog.connectionEnded(String.valueOf(gone.getMessage()));
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException gone) {
      BlobLog.connectionEnded(String.valueOf(gone.getMessage()));
    }
    open.forEach(BlobServer::abort);
  }
}
