// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.peermind.federated.round.Round;
import org.peermind.node.role.RefereeDesk;
import org.peermind.node.transport.PeerLink;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.NodeRecord;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.wire.BlobGift;
import org.peermind.protocol.wire.BlobPart;
import org.peermind.protocol.wire.BlobQuery;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.RoundHead;
import org.peermind.protocol.wire.RoundOutcome;
import org.peermind.protocol.wire.RoundPage;
import org.peermind.protocol.wire.RoundQuery;
import org.peermind.protocol.wire.Up;

/// A referee's side of federated rounds: tells every attached node how far the round is, gives its
/// messages and files, and takes messages and updates in. Work is done off the network threads, and
/// only so much at a time for all and for one.
public final class RoundDesk implements RefereeDesk {
  private static final int PAGE_BYTES_MAX = 40 * 1_024;
  private static final int BUSY_MAX = 64;
  private static final int BUSY_FOR_ONE_MAX = 4;

  private final RoundHost host;
  private final Map<NodeId, Guest> guests = new ConcurrentHashMap<>();
  private final Semaphore busy = new Semaphore(BUSY_MAX);

  private record Guest(PeerLink link, Semaphore busy) {}

  private interface Work {
    Optional<Down> run() throws IOException;
  }

  public RoundDesk(RoundHost host) {
    this.host = host;
    host.onChange(this::tell);
  }

  /// One at a time, so that nobody is told an older length after a newer one.
  private synchronized void tell() {
    Down head = head();
    guests.values().forEach(guest -> guest.link().send(head));
  }

  private Down head() {
    RoundHead.Builder head = RoundHead.newBuilder();
    host.newest()
        .ifPresent(
            round ->
                head.setRound(ByteString.copyFrom(round.id().toBytes()))
                    .setLength(round.transcript().size()));
    return Down.newBuilder().setRoundHead(head).build();
  }

  @Override
  public synchronized void onAttached(PeerLink link, NodeRecord record) {
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
      case ROUND_QUERY -> aside(link, message.getRoundQuery().getId(), () -> page(message));
      case ROUND_SUBMIT -> {
        int id = message.getRoundSubmit().getId();
        SignedEnvelope said = SignedEnvelope.of(message.getRoundSubmit().getMessage());
        aside(link, id, () -> Optional.of(outcome(id, host.submit(said))));
      }
      case BLOB_QUERY -> {
        BlobQuery query = message.getBlobQuery();
        Digest name = Digest.ofBytes(query.getSha256().toByteArray());
        aside(link, query.getId(), () -> Optional.of(part(query, name)));
      }
      case BLOB_GIFT -> {
        BlobGift gift = message.getBlobGift();
        Digest round = Digest.ofBytes(gift.getRound().toByteArray());
        if (gift.getData().size() > RoundPart.PIECE_BYTES) {
          throw new ProtocolException("a piece of an update is too large");
        }
        aside(
            link,
            gift.getId(),
            () ->
                Optional.of(
                    outcome(
                        gift.getId(),
                        host.given(
                            link.id(), round, gift.getOffset(), gift.getData().toByteArray()))));
      }
      default -> {
        // Other desks' messages.
      }
    }
  }

  private void aside(PeerLink link, int id, Work work) {
    Guest guest = guests.get(link.id());
    if (guest == null || !guest.busy().tryAcquire()) {
      link.send(tooMuch(id));
      return;
    }
    if (!busy.tryAcquire()) {
      guest.busy().release();
      link.send(tooMuch(id));
      return;
    }
    Thread.ofVirtual()
        .name("round-desk")
        .start(
            () -> {
              Optional<Down> answer;
              try {
                answer = work.run();
              } catch (IOException unusable) {
                answer = Optional.of(tooMuch(id));
              } catch (RuntimeException bug) {
                host.failed("round-desk", bug);
                answer = Optional.of(tooMuch(id));
              } finally {
                busy.release();
                guest.busy().release();
              }
              // After the release: who waits for each answer before it asks again has its turn.
              answer.ifPresent(link::send);
            });
  }

  private static Down tooMuch(int id) {
    return outcome(
        id, new RoundPart.Answer(false, false, "The referee cannot do it now; try again later."));
  }

  private static Down outcome(int id, RoundPart.Answer answer) {
    return Down.newBuilder()
        .setRoundOutcome(
            RoundOutcome.newBuilder()
                .setId(id)
                .setAccepted(answer.isAccepted())
                .setReason(answer.reason())
                .setLater(!answer.isKnown()))
        .build();
  }

  private Optional<Down> page(Up message) throws IOException {
    RoundQuery query = message.getRoundQuery();
    RoundPage.Builder page =
        RoundPage.newBuilder()
            .setId(query.getId())
            .setRound(query.getRound())
            .setFrom(query.getFrom());
    Optional<List<SignedEnvelope>> transcript;
    try {
      transcript =
          query.getRound().isEmpty()
              ? host.newest().map(Round::transcript)
              : host.transcript(Digest.ofBytes(query.getRound().toByteArray()));
    } catch (ProtocolException malformed) {
      transcript = Optional.empty();
    }
    if (transcript.isPresent()) {
      List<SignedEnvelope> all = transcript.get();
      page.setLength(all.size());
      int bytes = 0;
      for (int index = Math.max(0, query.getFrom()); index < all.size(); index++) {
        bytes += all.get(index).wire().getSerializedSize();
        if (bytes > PAGE_BYTES_MAX && page.getMessagesCount() > 0) {
          break;
        }
        page.addMessages(all.get(index).wire());
      }
    }
    return Optional.of(Down.newBuilder().setRoundPage(page).build());
  }

  private Down part(BlobQuery query, Digest name) throws IOException {
    BlobPart.Builder part = BlobPart.newBuilder().setId(query.getId()).setOffset(query.getOffset());
    host.piece(name, query.getOffset(), RoundPart.PIECE_BYTES)
        .ifPresent(
            piece -> part.setTotal(piece.total()).setData(ByteString.copyFrom(piece.bytes())));
    return Down.newBuilder().setBlobPart(part).build();
  }
}
