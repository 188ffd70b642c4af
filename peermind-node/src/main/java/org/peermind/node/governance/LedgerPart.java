// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.peermind.node.role.RefereeAttachment;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.LedgerHead;
import org.peermind.protocol.wire.LedgerOutcome;
import org.peermind.protocol.wire.LedgerPage;
import org.peermind.protocol.wire.LedgerQuery;
import org.peermind.protocol.wire.LedgerSubmit;
import org.peermind.protocol.wire.Up;

/// What a node says about the ledger over its stream to one referee.
final class LedgerPart implements RefereeAttachment.Part {
  private static final int ASKED_MAX = 256;
  private static final int REASON_CHARACTERS_MAX = 500;

  private final RefereeAttachment attachment;
  private final Runnable onHead;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<LedgerPage>> queries = new ConcurrentHashMap<>();
  private final Map<Integer, CompletableFuture<LedgerOutcome>> submits = new ConcurrentHashMap<>();
  private volatile LedgerHead head = LedgerHead.getDefaultInstance();
  private volatile boolean attached;

  /// @param onHead told, on a network thread, that this referee has more
  LedgerPart(RefereeAttachment attachment, Runnable onHead) {
    this.attachment = attachment;
    this.onHead = onHead;
  }

  NodeId referee() {
    return attachment.referee().node();
  }

  boolean isAttached() {
    return attached;
  }

  /// How many entries the referee said it has; 0 for no ledger.
  long head() {
    return head.getSize();
  }

  /// The checkpoint over them, as it was told; nothing about it is verified.
  byte[] checkpoint() {
    return head.getCheckpoint().toByteArray();
  }

  /// Asks for what follows the first `size` entries.
  Optional<LedgerPage> page(long size, Duration patience) throws InterruptedException {
    return ask(
        queries,
        id ->
            Up.newBuilder()
                .setLedgerQuery(LedgerQuery.newBuilder().setId(id).setSize(size))
                .build(),
        patience);
  }

  /// Hands a record over to be written.
  NetworkLedger.Submitted submit(SignedEnvelope record, Duration patience)
      throws InterruptedException {
    Optional<LedgerOutcome> outcome =
        ask(
            submits,
            id ->
                Up.newBuilder()
                    .setLedgerSubmit(LedgerSubmit.newBuilder().setId(id).setRecord(record.wire()))
                    .build(),
            patience);
    if (outcome.isEmpty()) {
      return new NetworkLedger.Submitted.Unknown(
          "The referee did not say whether the record was written; send it again.");
    }
    String reason = sentence(outcome.get().getReason());
    if (outcome.get().hasIndex()) {
      return new NetworkLedger.Submitted.Accepted(outcome.get().getIndex());
    }
    return outcome.get().getLater()
        ? new NetworkLedger.Submitted.Unknown(reason)
        : new NetworkLedger.Submitted.Refused(reason);
  }

  private static String sentence(String reason) {
    String clean = reason.replaceAll("\\p{Cntrl}", " ");
    return clean.substring(0, Math.min(clean.length(), REASON_CHARACTERS_MAX));
  }

  private interface Question {
    Up with(int id);
  }

  private <T> Optional<T> ask(
      Map<Integer, CompletableFuture<T>> asked, Question question, Duration patience)
      throws InterruptedException {
    if (asked.size() >= ASKED_MAX) {
      return Optional.empty();
    }
    int id = ids.incrementAndGet();
    CompletableFuture<T> answer = new CompletableFuture<>();
    asked.put(id, answer);
    try {
      return attachment.send(question.with(id))
          ? Optional.of(answer.get(patience.toMillis(), TimeUnit.MILLISECONDS))
          : Optional.empty();
    } catch (TimeoutException | ExecutionException | CancellationException _) {
      return Optional.empty();
    } finally {
      asked.remove(id);
    }
  }

  @Override
  public void onAttached(Attached answer) {
    attached = true;
  }

  @Override
  public boolean onMessage(Down message) {
    return switch (message.getKindCase()) {
      case LEDGER_HEAD -> {
        head = message.getLedgerHead();
        onHead.run();
        yield true;
      }
      case LEDGER_PAGE -> {
        answer(queries, message.getLedgerPage().getId(), message.getLedgerPage());
        yield true;
      }
      case LEDGER_OUTCOME -> {
        answer(submits, message.getLedgerOutcome().getId(), message.getLedgerOutcome());
        yield true;
      }
      default -> false;
    };
  }

  private static <T> void answer(Map<Integer, CompletableFuture<T>> asked, int id, T message) {
    CompletableFuture<T> waiting = asked.remove(id);
    if (waiting != null) {
      waiting.complete(message);
    }
  }

  @Override
  public void onDetached() {
    attached = false;
    head = LedgerHead.getDefaultInstance();
    queries.values().forEach(waiting -> waiting.cancel(false));
    submits.values().forEach(waiting -> waiting.cancel(false));
  }

  /// The leaves of a page.
  static List<byte[]> contents(LedgerPage page) {
    return page.getContentsList().stream().map(ByteString::toByteArray).toList();
  }
}
