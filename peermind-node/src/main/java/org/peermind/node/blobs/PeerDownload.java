// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.peermind.model.blob.BlobException;
import org.peermind.model.blob.BlobManifest;
import org.peermind.model.blob.BlobName;
import org.peermind.model.blob.ChunkTree;
import org.peermind.model.blob.FetchEvent;
import org.peermind.node.transport.DirectTls;
import org.peermind.node.transport.PeerText;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;

/// One connection of a [BlobFetch] to one peer: asks ahead, takes the answers in order, verifies
/// and keeps each chunk itself. Nothing is reported after [#hangUp].
final class PeerDownload {
  private static final int MANIFEST = -1;
  private static final int QUESTIONS_MAX = 64;
  private static final int SLICE_BYTES = 1 << 16;
  private static final Duration CONNECT_MAX = Duration.ofSeconds(5);
  private static final Duration SILENCE_MAX = Duration.ofSeconds(20);
  private static final Duration IDLE_MAX = Duration.ofSeconds(10);

  private final BlobPeer peer;
  private final BlobName name;
  private final ArrivingModel model;
  private final DirectTls tls;
  private final ByteRate rate;
  private final BlockingQueue<FetchEvent> events;
  private final BlockingQueue<Integer> questions = new ArrayBlockingQueue<>(QUESTIONS_MAX);
  private final Socket plain = new Socket();
  // Guarded by this.
  private boolean isOver;

  PeerDownload(
      BlobPeer peer,
      BlobName name,
      ArrivingModel model,
      DirectTls tls,
      ByteRate rate,
      BlockingQueue<FetchEvent> events) {
    this.peer = peer;
    this.name = name;
    this.model = model;
    this.tls = tls;
    this.rate = rate;
    this.events = events;
  }

  void start() {
    Thread.ofVirtual().name("blob-download").start(this::run);
  }

  /// @return false when the connection is over, and another one is needed
  synchronized boolean askManifest() {
    return !isOver && questions.offer(MANIFEST);
  }

  /// @return false when the connection is over, and another one is needed
  synchronized boolean askChunk(int chunk) {
    return !isOver && questions.offer(chunk);
  }

  /// Ends the connection at once, whatever it waits for.
  void hangUp() {
    synchronized (this) {
      isOver = true;
    }
    closeSocket();
  }

  private void closeSocket() {
    try {
      plain.close();
    } catch (IOException gone) {
      BlobLog.connectionEnded(String.valueOf(gone.getMessage()));
    }
  }

  private void run() {
    try {
      converse();
    } catch (IOException | ProtocolException lost) {
      report(new FetchEvent.LinkLost(peer.node(), sentence(lost)));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException bug) {
      BlobLog.failed(bug);
      report(new FetchEvent.LinkLost(peer.node(), "A chunk could not be taken because of a bug."));
    } finally {
      hangUp();
    }
  }

  private void converse() throws IOException, ProtocolException, InterruptedException {
    plain.connect(new InetSocketAddress(peer.host(), peer.port()), (int) CONNECT_MAX.toMillis());
    plain.setTcpNoDelay(true);
    plain.setSoTimeout((int) SILENCE_MAX.toMillis());
    DirectTls.Secured secured = tls.connect(plain, peer.node(), peer.address());
    DataInputStream in =
        new DataInputStream(new BufferedInputStream(secured.socket().getInputStream()));
    DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(secured.socket().getOutputStream()));
    Deque<Integer> asked = new ArrayDeque<>();
    byte[] buffer = new byte[ChunkTree.CHUNK_BYTES];
    while (true) {
      if (asked.isEmpty() && !awaitQuestion(out, asked)) {
        return;
      }
      for (Integer next = questions.poll(); next != null; next = questions.poll()) {
        ask(out, asked, next);
      }
      out.flush();
      if (!takeAnswer(in, asked.removeFirst(), buffer)) {
        return;
      }
    }
  }

  /// @return false when nothing was wanted for a while
  private boolean awaitQuestion(DataOutputStream out, Deque<Integer> asked)
      throws IOException, InterruptedException {
    Integer next = questions.poll(IDLE_MAX.toMillis(), TimeUnit.MILLISECONDS);
    if (next == null) {
      synchronized (this) {
        next = questions.poll();
        isOver = next == null;
      }
    }
    if (next == null) {
      return false;
    }
    ask(out, asked, next);
    return true;
  }

  private void ask(DataOutputStream out, Deque<Integer> asked, int chunk) throws IOException {
    asked.add(chunk);
    BlobWire.ask(
        out,
        chunk == MANIFEST
            ? new BlobWire.Question.Manifest(name.sha256())
            : new BlobWire.Question.Chunk(name.sha256(), chunk));
  }

  /// @return whether the peer may be asked on
  private boolean takeAnswer(DataInputStream in, int chunk, byte[] buffer)
      throws IOException, ProtocolException, InterruptedException {
    BlobWire.AnswerHead head = BlobWire.readHead(in);
    if (!head.isHere()) {
      byte[] text = in.readNBytes(head.bytes());
      String said = PeerText.clean(new String(text, StandardCharsets.UTF_8));
      report(
          new FetchEvent.NotHere(
              peer.node(), "The node %s says: %s".formatted(peer.node().shortText(), said)));
      return false;
    }
    return chunk == MANIFEST
        ? takeManifest(in, head.bytes())
        : takeChunk(in, chunk, head.bytes(), buffer);
  }

  private boolean takeManifest(DataInputStream in, int bytes)
      throws IOException, InterruptedException {
    if (bytes != BlobManifest.encodedBytes(name)) {
      report(new FetchEvent.ManifestWrong(peer.node()));
      return false;
    }
    byte[] encoded = new byte[bytes];
    read(in, encoded, bytes);
    try {
      BlobManifest manifest = BlobManifest.parse(encoded);
      if (manifest.name().equals(name)) {
        keepManifest(manifest);
        return true;
      }
    } catch (BlobException _) {
      // As wrong as the manifest of another model.
    }
    report(new FetchEvent.ManifestWrong(peer.node()));
    return false;
  }

  private void keepManifest(BlobManifest manifest) {
    try {
      report(new FetchEvent.ManifestKept(model.begin(manifest)));
    } catch (IOException full) {
      report(new FetchEvent.DiskFailed(diskSentence(full)));
    }
  }

  private boolean takeChunk(DataInputStream in, int chunk, int bytes, byte[] buffer)
      throws IOException, InterruptedException {
    if (bytes != name.chunkBytes(chunk)) {
      report(new FetchEvent.ChunkWrong(peer.node(), chunk));
      return false;
    }
    read(in, buffer, bytes);
    boolean isRight;
    try {
      isRight = model.keep(chunk, buffer, bytes);
    } catch (IOException full) {
      report(new FetchEvent.DiskRefused(peer.node(), chunk, diskSentence(full)));
      return true;
    }
    report(
        isRight
            ? new FetchEvent.ChunkKept(peer.node(), chunk)
            : new FetchEvent.ChunkWrong(peer.node(), chunk));
    return isRight;
  }

  private void read(DataInputStream in, byte[] into, int bytes)
      throws IOException, InterruptedException {
    for (int from = 0; from < bytes; from += SLICE_BYTES) {
      int slice = Math.min(SLICE_BYTES, bytes - from);
      rate.take(slice);
      in.readFully(into, from, slice);
    }
  }

  private void report(FetchEvent event) {
    synchronized (this) {
      if (isOver) {
        return;
      }
    }
    try {
      events.put(event);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private String diskSentence(IOException full) {
    return "The disk does not take the model %s (%s); it goes on when there is room."
        .formatted(name.sha256().shortText(), full.getMessage());
  }

  private String sentence(Exception lost) {
    NodeId node = peer.node();
    return switch (lost) {
      case SocketTimeoutException _ ->
          "The node %s at %s does not answer.".formatted(node.shortText(), peer.address());
      case ConnectException _ ->
          "Nothing listens at %s, where the node %s should be."
              .formatted(peer.address(), node.shortText());
      case UnknownHostException _ -> "The host name of %s is not known.".formatted(peer.address());
      case ProtocolException other ->
          "The node %s at %s speaks otherwise: %s."
              .formatted(node.shortText(), peer.address(), other.getMessage());
      default ->
          "The connection to the node %s at %s was lost (%s)."
              .formatted(
                  node.shortText(),
                  peer.address(),
                  PeerText.clean(String.valueOf(lost.getMessage())));
    };
  }
}
