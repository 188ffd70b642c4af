// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.peermind.ledger.Checkpoint;
import org.peermind.ledger.LedgerException;
import org.peermind.ledger.LedgerReader;
import org.peermind.ledger.SignedNote;
import org.peermind.node.role.RefereeDesk;
import org.peermind.node.transport.PeerLink;
import org.peermind.node.transport.Scheduler;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.NodeRecord;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.LedgerHead;
import org.peermind.protocol.wire.LedgerOutcome;
import org.peermind.protocol.wire.LedgerPage;
import org.peermind.protocol.wire.LedgerQuery;
import org.peermind.protocol.wire.LedgerSubmit;
import org.peermind.protocol.wire.Up;

/// A referee's side of the ledger: tells every attached node how long it is, gives pages of it, and
/// takes records for the writer, which may be another referee.
public final class LedgerDesk implements RefereeDesk {
  private static final int PAGE_BYTES_MAX = 40 * 1_024;
  private static final int BUSY_MAX = 64;
  private static final int BUSY_FOR_ONE_MAX = 8;
  private static final Duration TOLD_AFTER = Duration.ofMillis(100);

  private final NetworkLedger ledger;
  private final Passing passing;
  private final Scheduler scheduler;
  private final Map<NodeId, Guest> guests = new ConcurrentHashMap<>();
  private final Semaphore busy = new Semaphore(BUSY_MAX);
  private final AtomicBoolean untold = new AtomicBoolean();

  private record Guest(PeerLink link, Semaphore busy) {}

  /// Takes a record to the writer, and to nobody else who would pass it on again.
  @FunctionalInterface
  public interface Passing {
    NetworkLedger.Submitted pass(SignedEnvelope record) throws InterruptedException;
  }

  public LedgerDesk(NetworkLedger ledger, Passing passing, Scheduler scheduler) {
    this.ledger = ledger;
    this.passing = passing;
    this.scheduler = scheduler;
    ledger.onChange(this::tellSoon);
  }

  /// Growth is told once for all entries of a moment.
  private void tellSoon() {
    if (untold.compareAndSet(false, true)) {
      scheduler.after(
          TOLD_AFTER,
          () -> {
            untold.set(false);
            Down head = head();
            guests.values().forEach(guest -> guest.link().send(head));
          });
    }
  }

  private Down head() {
    LedgerHead.Builder head = LedgerHead.newBuilder();
    Optional<SignedNote> note = ledger.reader().map(LedgerReader::checkpoint);
    if (note.isPresent()) {
      try {
        head.setSize(Checkpoint.parse(note.get().text()).size())
            .setCheckpoint(ByteString.copyFrom(note.get().toBytes()));
      } catch (LedgerException impossible) {
        throw new IllegalStateException(impossible);
      }
    }
    return Down.newBuilder().setLedgerHead(head).build();
  }

  @Override
  public void onAttached(PeerLink link, NodeRecord record) {
    guests.put(link.id(), new Guest(link, new Semaphore(BUSY_FOR_ONE_MAX)));
    link.send(head());
  }

  @Override
  public void onDetached(NodeId node) {
    guests.remove(node);
  }

  @Override
  public void onMessage(PeerLink link, Up message) throws ProtocolException {
    switch (message.getKindCase()) {
      case LEDGER_QUERY -> {
        LedgerQuery query = message.getLedgerQuery();
        aside(link, () -> page(query), Optional.empty());
      }
      case LEDGER_SUBMIT -> {
        LedgerSubmit submit = message.getLedgerSubmit();
        SignedEnvelope record = SignedEnvelope.of(submit.getRecord());
        aside(
            link,
            () -> Optional.of(outcome(submit.getId(), passing.pass(record))),
            Optional.of(
                outcome(
                    submit.getId(),
                    new NetworkLedger.Submitted.Unknown(
                        "The referee has too much to do; send the record again later."))));
      }
      default -> {
        // Other desks' messages.
      }
    }
  }

  private interface Work {
    Optional<Down> run() throws InterruptedException;
  }

  /// Off the network thread, and only so much at a time for all and for one.
  private void aside(PeerLink link, Work work, Optional<Down> tooMuch) {
    Guest guest = guests.get(link.id());
    if (guest == null || !guest.busy().tryAcquire()) {
      tooMuch.ifPresent(link::send);
      return;
    }
    if (!busy.tryAcquire()) {
      guest.busy().release();
      tooMuch.ifPresent(link::send);
      return;
    }
    Thread.ofVirtual()
        .name("ledger-desk")
        .start(
            () -> {
              Optional<Down> answer = Optional.empty();
              try {
                answer = work.run();
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
              } finally {
                busy.release();
                guest.busy().release();
              }
              // After the release: who waits for each answer before it asks again has its turn.
              answer.ifPresent(link::send);
            });
  }

  private Optional<Down> page(LedgerQuery query) {
    Optional<LedgerReader> reader = ledger.reader();
    if (reader.isEmpty()) {
      return Optional.empty();
    }
    SignedNote note = reader.get().checkpoint();
    try {
      long size = Checkpoint.parse(note.text()).size();
      LedgerPage.Builder page =
          LedgerPage.newBuilder()
              .setId(query.getId())
              .setFrom(query.getSize())
              .setSize(size)
              .setCheckpoint(ByteString.copyFrom(note.toBytes()));
      int bytes = 0;
      for (long index = query.getSize(); index >= 0 && index < size; index++) {
        byte[] contents = reader.get().entry(index).contents();
        bytes += contents.length;
        if (bytes > PAGE_BYTES_MAX && page.getContentsCount() > 0) {
          break;
        }
        page.addContents(UnsafeByteOperations.unsafeWrap(contents));
      }
      return Optional.of(Down.newBuilder().setLedgerPage(page).build());
    } catch (IOException | LedgerException unreadable) {
      return Optional.empty();
    }
  }

  private static Down outcome(int id, NetworkLedger.Submitted submitted) {
    LedgerOutcome.Builder outcome = LedgerOutcome.newBuilder().setId(id);
    switch (submitted) {
      case NetworkLedger.Submitted.Accepted(long index) -> outcome.setIndex(index);
      case NetworkLedger.Submitted.Refused(String reason) -> outcome.setReason(reason);
      case NetworkLedger.Submitted.Unknown(String reason) ->
          outcome.setReason(reason).setLater(true);
    }
    return Down.newBuilder().setLedgerOutcome(outcome).build();
  }
}
