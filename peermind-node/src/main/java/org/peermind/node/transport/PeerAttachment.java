// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.SynchronizationContext;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Draining;
import org.peermind.protocol.wire.Heartbeat;
import org.peermind.protocol.wire.Hello;
import org.peermind.protocol.wire.Rejected;
import org.peermind.protocol.wire.Up;

/// One stream at a referee: hello, acknowledgement, then messages. Everything but sending happens
/// in the link's own serial context.
final class PeerAttachment implements PeerLink, StreamReceiver {
  private enum Phase {
    EXPECTING_HELLO,
    EXPECTING_ACK,
    ATTACHED,
    ENDED
  }

  private static final int STUCK_TICKS_MAX = 10;
  private static final int LINGER_TICKS_MAX = 2;
  private static final byte[] HEARTBEAT =
      Down.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build().toByteArray();

  private final NodeId id;
  private final ByteStream stream;
  private final PeerRegistry registry;
  private final OutboundQueue queue;
  private final Heartbeats heartbeats;
  private final int handshakeTicksMax;
  private final SynchronizationContext serial;
  private volatile Phase phase = Phase.EXPECTING_HELLO;
  private volatile boolean closing;
  private int phaseTicks;
  private int stuckTicks;

  PeerAttachment(NodeId id, ByteStream stream, PeerRegistry registry, TransportSettings settings) {
    this.id = id;
    this.stream = stream;
    this.registry = registry;
    this.queue = new OutboundQueue(stream, settings);
    this.heartbeats = new Heartbeats(settings);
    this.handshakeTicksMax = (int) settings.handshakeMax().toSeconds();
    this.serial = new SynchronizationContext((_, broken) -> handlerFailed(broken));
  }

  @Override
  public NodeId id() {
    return id;
  }

  @Override
  public boolean send(Down message) {
    return phase == Phase.ATTACHED && !closing && queue.offer(message.toByteArray());
  }

  @Override
  public void close(String reason) {
    closing = true;
    registry.soon(() -> endSoon(reason));
  }

  /// Ends the link in its own context; for the registry.
  void endSoon(String reason) {
    serial.execute(() -> end(reason));
  }

  /// Like [#endSoon], without regard for what still waits to be read.
  void endNow(String reason) {
    serial.execute(
        () -> {
          end(reason);
          stream.abort();
        });
  }

  void drain(Draining notice) {
    send(Down.newBuilder().setDraining(notice).build());
  }

  @Override
  public void onMessage(byte[] message) {
    serial.execute(() -> receive(message));
  }

  @Override
  public void onReady() {
    queue.onReady();
  }

  @Override
  public void onClosed(String reason) {
    serial.execute(
        () -> {
          registry.streamClosed(this);
          end(reason);
        });
  }

  private void receive(byte[] message) {
    if (phase == Phase.ENDED) {
      return;
    }
    heartbeats.heard();
    if (message.length > TransportSettings.MESSAGE_BYTES_MAX) {
      end("Node " + id.shortText() + " sent a message larger than allowed.");
      return;
    }
    Up up;
    try {
      up = Up.parseFrom(message);
    } catch (InvalidProtocolBufferException _) {
      end("Node " + id.shortText() + " sent a message that cannot be read.");
      return;
    }
    switch (phase) {
      case EXPECTING_HELLO -> receiveHello(up);
      case EXPECTING_ACK -> receiveAcknowledgement(up);
      case ATTACHED -> receiveAttached(up);
      case ENDED -> {}
    }
  }

  private void receiveHello(Up up) {
    if (!up.hasHello()) {
      end("Node " + id.shortText() + " spoke before its hello.");
      return;
    }
    switch (admission(up.getHello())) {
      case Admission.Admitted(var answer) -> {
        enter(Phase.EXPECTING_ACK);
        queue.offer(Down.newBuilder().setAttached(answer).build().toByteArray());
        stream.requestOne();
      }
      case Admission.Refused(var reason) -> {
        TransportLog.peerRefused(id, reason);
        Rejected rejected = Rejected.newBuilder().setReason(reason).build();
        queue.offer(Down.newBuilder().setRejected(rejected).build().toByteArray());
        end(reason);
      }
    }
  }

  private Admission admission(Hello hello) {
    return registry.hasRoomFor(id)
        ? registry.handler().onHello(id, hello)
        : new Admission.Refused(registry.fullSentence());
  }

  private void receiveAcknowledgement(Up up) {
    if (!up.hasAttachedAck()) {
      end("Node " + id.shortText() + " spoke before it acknowledged its attachment.");
      return;
    }
    // The next message is asked for in becomeRoutable, which an older link may hold up.
    registry.attach(this);
  }

  /// Lets `newer` begin once this one is over.
  void yieldTo(PeerAttachment newer) {
    serial.execute(
        () -> {
          end("A newer connection of node " + id.shortText() + " took over.");
          newer.serial.execute(newer::becomeRoutable);
        });
  }

  /// Begins the attachment, in the link's own context.
  void becomeRoutable() {
    if (phase != Phase.EXPECTING_ACK) {
      return;
    }
    enter(Phase.ATTACHED);
    TransportLog.peerAttached(id);
    registry.handler().onAttached(this);
    stream.requestOne();
  }

  private void receiveAttached(Up up) {
    switch (up.getKindCase()) {
      case HELLO, ATTACHED_ACK -> {
        end("Node " + id.shortText() + " introduced itself twice.");
        return;
      }
      // An unset kind is a message of a later version that this one does not know.
      case HEARTBEAT, KIND_NOT_SET -> {}
      case REPORT,
          ASSIGN,
          CANCEL_ASSIGN,
          SESSION_YIELD,
          OFFER_REPLY,
          FRAME,
          END,
          STATUS_QUERY,
          RECORD,
          LEDGER_QUERY,
          LEDGER_SUBMIT,
          MODEL_HEALTH,
          HOLDER_QUERY,
          ROUND_QUERY,
          ROUND_SUBMIT,
          BLOB_QUERY,
          BLOB_GIFT ->
          registry.handler().onMessage(this, up);
    }
    stream.requestOne();
  }

  void tick() {
    serial.execute(this::countTick);
  }

  private void countTick() {
    phaseTicks++;
    switch (phase) {
      case EXPECTING_HELLO, EXPECTING_ACK -> {
        if (phaseTicks >= handshakeTicksMax) {
          end("Node " + id.shortText() + " did not finish its attachment in time.");
        }
      }
      case ATTACHED -> {
        stuckTicks = queue.isStuck() ? stuckTicks + 1 : 0;
        if (heartbeats.tick()) {
          queue.offer(HEARTBEAT);
        }
        if (heartbeats.isSilent()) {
          end("Node " + id.shortText() + " has gone silent.");
        } else if (stuckTicks >= STUCK_TICKS_MAX) {
          end("Node " + id.shortText() + " does not read what it is sent.");
        }
      }
      case ENDED -> {
        if (phaseTicks >= LINGER_TICKS_MAX) {
          stream.abort();
        }
      }
    }
  }

  private void end(String reason) {
    if (phase == Phase.ENDED) {
      return;
    }
    boolean wasAttached = phase == Phase.ATTACHED;
    enter(Phase.ENDED);
    registry.detach(this);
    queue.close(reason);
    if (wasAttached) {
      TransportLog.peerDetached(id, reason);
      registry.handler().onDetached(this, reason);
    }
  }

  private void enter(Phase next) {
    phase = next;
    phaseTicks = 0;
  }

  private void handlerFailed(Throwable broken) {
    TransportLog.handlerFailed(broken);
    serial.executeLater(() -> end("The referee could not handle a message; its log says why."));
  }
}
