// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
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
import java.util.function.IntFunction;
import org.peermind.federated.round.Transcripts;
import org.peermind.node.role.RefereeAttachment;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.BlobGift;
import org.peermind.protocol.wire.BlobPart;
import org.peermind.protocol.wire.BlobQuery;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Envelope;
import org.peermind.protocol.wire.RoundHead;
import org.peermind.protocol.wire.RoundOutcome;
import org.peermind.protocol.wire.RoundPage;
import org.peermind.protocol.wire.RoundQuery;
import org.peermind.protocol.wire.RoundSubmit;
import org.peermind.protocol.wire.Up;

/// What a node says about federated rounds over its stream to one referee. Nothing that comes is
/// believed before it is verified by whoever asked.
final class RoundPart implements RefereeAttachment.Part {
  /// Largest piece of a file, in bytes.
  static final int PIECE_BYTES = 48 * 1_024;

  private static final int ASKED_MAX = 64;
  private static final int REASON_CHARACTERS_MAX = 500;
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final RefereeAttachment attachment;
  private final Runnable onHead;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<Down>> asked = new ConcurrentHashMap<>();
  private volatile RoundHead head = RoundHead.getDefaultInstance();
  private volatile boolean attached;
  private volatile boolean speaksOfRounds;

  /// What became of a message or a gift.
  ///
  /// @param isKnown whether the referee said anything
  record Answer(boolean isKnown, boolean isAccepted, String reason) {}

  /// @param onHead told, on a network thread, that a round goes on
  RoundPart(RefereeAttachment attachment, Runnable onHead) {
    this.attachment = attachment;
    this.onHead = onHead;
  }

  NodeId referee() {
    return attachment.referee().node();
  }

  boolean isAttached() {
    return attached;
  }

  /// Whether it is attached and has said anything of rounds, which a referee that keeps some does
  /// at once. Another one would not answer a question, and whoever asked would wait in vain.
  boolean speaksOfRounds() {
    return attached && speaksOfRounds;
  }

  /// The newest round as the referee told it; nothing about it is verified.
  RoundHead head() {
    return head;
  }

  /// The messages of a round after the first `from`; empty when the referee does not know it or
  /// does not answer.
  Optional<List<SignedEnvelope>> messages(ByteString round, int from) throws InterruptedException {
    List<SignedEnvelope> messages = new ArrayList<>();
    while (from + messages.size() < Transcripts.MESSAGES_MAX) {
      int next = from + messages.size();
      Optional<RoundPage> page =
          ask(id ->
                  Up.newBuilder()
                      .setRoundQuery(
                          RoundQuery.newBuilder().setId(id).setRound(round).setFrom(next))
                      .build())
              .filter(Down::hasRoundPage)
              .map(Down::getRoundPage);
      if (page.isEmpty() || page.get().getLength() == 0 || page.get().getFrom() != next) {
        return Optional.empty();
      }
      try {
        for (Envelope one : page.get().getMessagesList()) {
          messages.add(SignedEnvelope.of(one));
        }
      } catch (ProtocolException malformed) {
        return Optional.empty();
      }
      if (page.get().getMessagesCount() == 0 || from + messages.size() >= page.get().getLength()) {
        return Optional.of(messages);
      }
    }
    return Optional.of(messages);
  }

  /// Hands a message to the aggregator.
  Answer submit(SignedEnvelope message) throws InterruptedException {
    return answer(
        ask(
            id ->
                Up.newBuilder()
                    .setRoundSubmit(RoundSubmit.newBuilder().setId(id).setMessage(message.wire()))
                    .build()));
  }

  /// Gives this node's update of a round, piece by piece.
  Answer give(Digest round, byte[] update) throws InterruptedException {
    Answer last = new Answer(false, false, "The update is empty.");
    for (int offset = 0; offset < update.length; offset += PIECE_BYTES) {
      int from = offset;
      int length = Math.min(PIECE_BYTES, update.length - from);
      last =
          answer(
              ask(
                  id ->
                      Up.newBuilder()
                          .setBlobGift(
                              BlobGift.newBuilder()
                                  .setId(id)
                                  .setRound(ByteString.copyFrom(round.toBytes()))
                                  .setOffset(from)
                                  .setData(ByteString.copyFrom(update, from, length)))
                          .build()));
      if (!last.isAccepted()) {
        return last;
      }
    }
    return last;
  }

  /// The file of a name, verified; empty when the referee has it not or gives another.
  Optional<byte[]> blob(Digest name, int bytesMax) throws InterruptedException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (true) {
      int offset = bytes.size();
      Optional<BlobPart> part =
          ask(id ->
                  Up.newBuilder()
                      .setBlobQuery(
                          BlobQuery.newBuilder()
                              .setId(id)
                              .setSha256(ByteString.copyFrom(name.toBytes()))
                              .setOffset(offset))
                      .build())
              .filter(Down::hasBlobPart)
              .map(Down::getBlobPart);
      boolean isUsable =
          part.filter(
                  one ->
                      one.getTotal() > 0
                          && one.getTotal() <= bytesMax
                          && one.getOffset() == offset
                          && !one.getData().isEmpty()
                          && offset + (long) one.getData().size() <= one.getTotal())
              .isPresent();
      if (!isUsable) {
        return Optional.empty();
      }
      bytes.writeBytes(part.orElseThrow().getData().toByteArray());
      if (bytes.size() == part.orElseThrow().getTotal()) {
        byte[] whole = bytes.toByteArray();
        return Digest.over(whole).equals(name) ? Optional.of(whole) : Optional.empty();
      }
    }
  }

  private static Answer answer(Optional<Down> down) {
    if (down.isEmpty() || !down.get().hasRoundOutcome()) {
      return new Answer(false, false, "The referee did not answer.");
    }
    RoundOutcome outcome = down.get().getRoundOutcome();
    String clean = outcome.getReason().replaceAll("\\p{Cntrl}", " ");
    return new Answer(
        !outcome.getLater(),
        outcome.getAccepted(),
        clean.substring(0, Math.min(clean.length(), REASON_CHARACTERS_MAX)));
  }

  private Optional<Down> ask(IntFunction<Up> question) throws InterruptedException {
    if (asked.size() >= ASKED_MAX) {
      return Optional.empty();
    }
    int id = ids.incrementAndGet();
    CompletableFuture<Down> answer = new CompletableFuture<>();
    asked.put(id, answer);
    try {
      return attachment.send(question.apply(id))
          ? Optional.of(answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
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
      case ROUND_HEAD -> {
        head = message.getRoundHead();
        speaksOfRounds = true;
        onHead.run();
        yield true;
      }
      case ROUND_PAGE -> answered(message.getRoundPage().getId(), message);
      case ROUND_OUTCOME -> answered(message.getRoundOutcome().getId(), message);
      case BLOB_PART -> answered(message.getBlobPart().getId(), message);
      default -> false;
    };
  }

  private boolean answered(int id, Down message) {
    CompletableFuture<Down> waiting = asked.remove(id);
    if (waiting != null) {
      waiting.complete(message);
    }
    return true;
  }

  @Override
  public void onDetached() {
    attached = false;
    speaksOfRounds = false;
    head = RoundHead.getDefaultInstance();
    asked.values().forEach(waiting -> waiting.cancel(false));
  }
}
