// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.SynchronizationContext;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.wire.AttachedAck;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Heartbeat;
import org.peermind.protocol.wire.Up;

/// Keeps one attachment to one referee: dials, says hello, acknowledges, notices silence, and tries
/// again after every end (facts: network, section 3.5). Everything but sending happens in the
/// link's own serial context.
final class ReconnectingLink implements RefereeLink {
  private static final Duration SPREAD_MAX = Duration.ofSeconds(60);
  private static final int LASTED_TICKS = 5;
  private static final String CLOSED_HERE = "This node detached.";
  private static final byte[] HEARTBEAT =
      Up.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build().toByteArray();
  private static final byte[] ACKNOWLEDGEMENT =
      Up.newBuilder().setAttachedAck(AttachedAck.getDefaultInstance()).build().toByteArray();

  private final String address;
  private final NodeId referee;
  private final Dialer dialer;
  private final RefereeHandler handler;
  private final Scheduler scheduler;
  private final TransportSettings settings;
  private final Backoff backoff;
  private final SynchronizationContext serial;
  private volatile LinkState state = LinkState.IDLE;
  private volatile @Nullable OutboundQueue attachedQueue;
  private volatile @Nullable String lastFailure;
  // The following are confined to the serial context.
  private @Nullable Attempt attempt;
  private boolean closed;

  ReconnectingLink(
      String address,
      NodeId referee,
      Dialer dialer,
      RefereeHandler handler,
      Scheduler scheduler,
      RandomGenerator random,
      TransportSettings settings) {
    this.address = address;
    this.referee = referee;
    this.dialer = dialer;
    this.handler = handler;
    this.scheduler = scheduler;
    this.settings = settings;
    this.backoff = new Backoff(random);
    this.serial = new SynchronizationContext((_, broken) -> handlerFailed(broken));
  }

  void start() {
    state = LinkState.DIALING;
    serial.execute(this::dial);
  }

  @Override
  public NodeId referee() {
    return referee;
  }

  @Override
  public LinkState state() {
    return state;
  }

  @Override
  public Optional<String> lastFailure() {
    return Optional.ofNullable(lastFailure);
  }

  @Override
  public boolean send(Up message) {
    OutboundQueue queue = attachedQueue;
    return queue != null && queue.offer(message.toByteArray());
  }

  @Override
  public void close() {
    attachedQueue = null;
    scheduler.after(Duration.ZERO, this::closeNow);
  }

  /// Detaches in the caller's turn; for a transport that is about to stop its scheduler.
  void closeNow() {
    serial.execute(
        () -> {
          closed = true;
          state = LinkState.IDLE;
          Attempt last = attempt;
          if (last != null) {
            last.end(CLOSED_HERE, () -> {});
          }
        });
  }

  private void dial() {
    if (closed) {
      return;
    }
    state = LinkState.DIALING;
    Attempt next = new Attempt();
    attempt = next;
    next.begin(dialer.dial(next));
  }

  private void retryAfter(Duration delay) {
    if (!closed) {
      state = LinkState.BACKOFF;
      scheduler.after(delay, () -> serial.execute(this::dial));
    }
  }

  private void handlerFailed(Throwable broken) {
    TransportLog.handlerFailed(broken);
    serial.executeLater(
        () -> {
          Attempt last = attempt;
          if (last != null) {
            last.fail("This node could not handle a message of its referee; its log says why.");
          }
        });
  }

  /// One stream from dialling to its end.
  private final class Attempt implements StreamReceiver {
    private final Heartbeats heartbeats = new Heartbeats(settings);
    private @Nullable ByteStream stream;
    private @Nullable OutboundQueue queue;
    private boolean helloSent;
    private boolean attached;
    private boolean ended;
    private int phaseTicks;
    private Optional<Duration> drainSpread = Optional.empty();

    void begin(ByteStream dialled) {
      stream = dialled;
      queue = new OutboundQueue(dialled, settings);
      scheduler.after(Heartbeats.TICK, this::tick);
    }

    @Override
    public void onReady() {
      serial.execute(this::resume);
    }

    @Override
    public void onMessage(byte[] message) {
      serial.execute(() -> receive(message));
    }

    @Override
    public void onClosed(String reason) {
      serial.execute(() -> fail(reason));
    }

    private void resume() {
      if (ended) {
        return;
      }
      if (!helloSent) {
        helloSent = true;
        state = LinkState.HELLO;
        write(Up.newBuilder().setHello(handler.hello()).build().toByteArray());
        requestOne();
      }
      if (queue != null) {
        queue.onReady();
      }
    }

    private void receive(byte[] message) {
      if (ended) {
        return;
      }
      heartbeats.heard();
      if (message.length > TransportSettings.MESSAGE_BYTES_MAX) {
        fail("The referee at " + address + " sent a message larger than allowed.");
        return;
      }
      Down down;
      try {
        down = Down.parseFrom(message);
      } catch (InvalidProtocolBufferException _) {
        fail("The referee at " + address + " sent a message that cannot be read.");
        return;
      }
      switch (down.getKindCase()) {
        case ATTACHED -> receiveAttached(down);
        case REJECTED -> refused(PeerText.clean(down.getRejected().getReason()));
        case DRAINING -> receiveDraining(down.getDraining().getReconnectSpreadMs());
        // An unset kind is a message of a later version that this one does not know.
        case HEARTBEAT, KIND_NOT_SET -> {}
        case OFFER,
            ASSIGNED,
            ASSIGN_REFUSED,
            GRANTED,
            FRAME,
            NO_ROUTE,
            PEER_GONE,
            NETWORK_STATUS,
            OFFER_WITHDRAWN,
            QUEUED,
            LEDGER_HEAD,
            LEDGER_PAGE,
            LEDGER_OUTCOME,
            MODEL_HOLDERS,
            ROUND_HEAD,
            ROUND_PAGE,
            ROUND_OUTCOME,
            BLOB_PART ->
            receiveMessage(down);
      }
      requestOne();
    }

    private void receiveAttached(Down down) {
      if (attached) {
        fail("The referee at " + address + " answered one hello twice.");
        return;
      }
      attached = true;
      phaseTicks = 0;
      write(ACKNOWLEDGEMENT);
      attachedQueue = queue;
      lastFailure = null;
      state = LinkState.ATTACHED;
      TransportLog.refereeAttached(address);
      handler.onAttached(down.getAttached());
    }

    private void receiveDraining(int spreadMillis) {
      if (attached) {
        Duration spread = Duration.ofMillis(Integer.toUnsignedLong(spreadMillis));
        drainSpread = Optional.of(spread.compareTo(SPREAD_MAX) > 0 ? SPREAD_MAX : spread);
        state = LinkState.DRAINING;
      }
    }

    private void receiveMessage(Down down) {
      if (attached) {
        handler.onMessage(down);
      } else {
        fail("The referee at " + address + " spoke before it answered the hello.");
      }
    }

    private void tick() {
      serial.execute(
          () -> {
            if (!ended) {
              countTick();
              scheduler.after(Heartbeats.TICK, this::tick);
            }
          });
    }

    private void countTick() {
      phaseTicks++;
      if (!attached) {
        if (phaseTicks >= settings.handshakeMax().toSeconds()) {
          fail("The referee at " + address + " did not answer in time.");
        }
        return;
      }
      if (phaseTicks == LASTED_TICKS) {
        backoff.reset();
      }
      if (heartbeats.tick()) {
        write(HEARTBEAT);
      }
      if (heartbeats.isSilent()) {
        fail("The referee at " + address + " has gone silent.");
      }
    }

    private void refused(String reason) {
      end(reason, () -> retryAfter(backoff.afterRefusal()));
    }

    void fail(String reason) {
      end(reason, () -> retryAfter(drainSpread.map(backoff::within).orElseGet(backoff::next)));
    }

    /// Ends the stream once, decides what comes next, and tells the handler last, so that a handler
    /// that throws changes nothing.
    void end(String reason, Runnable next) {
      if (ended) {
        return;
      }
      ended = true;
      attachedQueue = null;
      lastFailure = reason;
      if (queue != null && stream != null) {
        queue.close(reason);
        stream.abort();
      }
      next.run();
      TransportLog.refereeLost(reason);
      if (attached) {
        handler.onDetached(reason);
      } else if (!closed) {
        handler.onFailedTry(reason);
      }
    }

    private void write(byte[] message) {
      if (queue != null) {
        queue.offer(message);
      }
    }

    private void requestOne() {
      if (stream != null && !ended) {
        stream.requestOne();
      }
    }
  }
}
