// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.peermind.node.query.AnswerEvent.FinishReason;
import org.peermind.node.query.Attempt;
import org.peermind.node.query.AttemptEvent;
import org.peermind.node.transport.PeerText;
import org.peermind.protocol.GreenReceipt;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.QueryCipher;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.wire.AnswerFrame;
import org.peermind.protocol.wire.Envelope;
import org.peermind.protocol.wire.Finished;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.Question;
import org.peermind.protocol.wire.SessionEnd;
import org.peermind.protocol.wire.Up;

/// One inferer's part of an answer, as the user's machine sees it: sealed frames in, events out.
final class RemoteAttempt implements Attempt {
  /// Frames that may wait for a slow reader; an answer of more is broken off and continued.
  private static final int FRAMES_MAX = 4_096;

  /// Sealed bytes that may wait for a slow reader, in all frames together.
  private static final long WAITING_BYTES_MAX = 4L * 1024 * 1024;

  private static final int TEXT_CHARACTERS_MAX = 64 * 1024;

  private final Ticket ticket;
  private final QueryCipher cipher;
  private final long seed;
  private final RefereeAttachment attachment;
  private final Runnable onClose;
  private final BlockingQueue<Incoming> incoming = new LinkedBlockingQueue<>(FRAMES_MAX);

  /// Sealed bytes in the queue; never less than what is there.
  private final AtomicLong waitingBytes = new AtomicLong();

  private int nextSequence;
  private volatile boolean complete;
  private final AtomicBoolean closed = new AtomicBoolean();

  private sealed interface Incoming {
    record Sealed(int sequence, ByteString bytes, boolean last) implements Incoming {}

    record Gone(RefusalCode code, String reason) implements Incoming {}
  }

  /// @param onClose forgets the session
  RemoteAttempt(
      Ticket ticket,
      QueryCipher cipher,
      long seed,
      RefereeAttachment attachment,
      Runnable onClose) {
    this.ticket = ticket;
    this.cipher = cipher;
    this.seed = seed;
    this.attachment = attachment;
    this.onClose = onClose;
  }

  /// Sends the sealed question in as many frames as it needs.
  ///
  /// @return false when the referee cannot take it now
  boolean send(Question question) {
    byte[] bytes = question.toByteArray();
    int sequence = 0;
    for (int from = 0; from < bytes.length; from += QueryCipher.CONTENT_BYTES_MAX) {
      int to = Math.min(bytes.length, from + QueryCipher.CONTENT_BYTES_MAX);
      boolean last = to == bytes.length;
      byte[] sealed = cipher.sealQuestion(Arrays.copyOfRange(bytes, from, to), last);
      Frame frame =
          Frame.newBuilder()
              .setSession(ByteString.copyFrom(ticket.session().toBytes()))
              .setSequence(sequence++)
              .setSealed(ByteString.copyFrom(sealed))
              .setLast(last)
              .build();
      if (!attachment.send(Up.newBuilder().setFrame(frame).build())) {
        return false;
      }
    }
    return true;
  }

  void accept(Frame frame) {
    Incoming.Sealed sealed =
        new Incoming.Sealed(frame.getSequence(), frame.getSealed(), frame.getLast());
    long waiting = waitingBytes.addAndGet(sealed.bytes().size());
    if (waiting <= WAITING_BYTES_MAX && incoming.offer(sealed)) {
      complete |= frame.getLast();
    } else {
      gone(RefusalCode.INFERER_FAILED, "The answer was not read fast enough.");
    }
  }

  /// Ends the attempt from outside, unless its last frame is here already; what was received before
  /// is dropped, because the next worker brings it again.
  ///
  /// @param code `NO_REFEREE` when the stream broke and the worker is not to blame
  void gone(RefusalCode code, String reason) {
    if (complete) {
      return;
    }
    incoming.clear();
    boolean told = incoming.offer(new Incoming.Gone(code, reason));
    assert told : "a cleared queue has room";
  }

  @Override
  public AttemptEvent next(Duration stallAfter) throws InterruptedException {
    return switch (incoming.poll(stallAfter.toMillis(), TimeUnit.MILLISECONDS)) {
      case null ->
          broken(
              "The inferer "
                  + ticket.inferer().shortText()
                  + " sent nothing for "
                  + stallAfter.toSeconds()
                  + " s.");
      case Incoming.Gone(RefusalCode code, String reason) ->
          new AttemptEvent.Broken(code, reason, true);
      case Incoming.Sealed(int sequence, ByteString bytes, boolean last) -> {
        waitingBytes.addAndGet(-bytes.size());
        if (sequence != nextSequence++) {
          yield broken("A frame of the answer was lost on its way.");
        }
        try {
          yield event(AnswerFrame.parseFrom(cipher.openAnswer(bytes.toByteArray(), last)));
        } catch (ProtocolException | InvalidProtocolBufferException forged) {
          yield broken("A frame of the answer was changed on its way.");
        }
      }
    };
  }

  private AttemptEvent event(AnswerFrame frame) {
    return switch (frame.getKindCase()) {
      case PROGRESS -> new AttemptEvent.Waiting();
      case TOKENS -> {
        String text = frame.getTokens().getText();
        yield text.length() > TEXT_CHARACTERS_MAX
            ? broken("The inferer sent more text than a frame may hold.")
            : new AttemptEvent.Tokens(
                frame.getTokens().getIdsList(),
                text,
                frame.getTokens().getNearTiesList(),
                TokensMessage.logprobs(frame.getTokens().getLogprobsList()));
      }
      case FINISHED -> finished(frame.getFinished());
      case FAILURE -> {
        RefusalCode code =
            RefusalCode.of(frame.getFailure().getCode()).orElse(RefusalCode.INFERER_FAILED);
        yield new AttemptEvent.Broken(
            code,
            PeerText.clean(frame.getFailure().getReason()),
            frame.getFailure().getElsewhere());
      }
      case VECTORS -> VectorsMessage.event(frame.getVectors());
      case RECEIPT ->
          checked(frame.getReceipt())
              .<AttemptEvent>map(AttemptEvent.Receipt::new)
              .orElseGet(AttemptEvent.Waiting::new);
      case YIELDING -> new AttemptEvent.Yielding(PeerText.clean(frame.getYielding().getReason()));
      case KIND_NOT_SET -> new AttemptEvent.Waiting();
    };
  }

  /// A receipt counts when this inferer signed it for this session; an answer without one is as
  /// good, so a wrong one is left out.
  private Optional<SignedEnvelope> checked(Envelope wire) {
    try {
      SignedEnvelope envelope = SignedEnvelope.of(wire);
      GreenReceipt receipt = GreenReceipt.open(envelope, ticket.inferer());
      boolean isOurs =
          receipt.session().equals(ticket.session()) && receipt.model().equals(ticket.model());
      return isOurs ? Optional.of(envelope) : Optional.empty();
    } catch (ProtocolException forged) {
      return Optional.empty();
    }
  }

  private AttemptEvent finished(Finished finished) {
    FinishReason reason =
        switch (finished.getReason()) {
          case "length" -> FinishReason.LENGTH;
          case "tool_calls" -> FinishReason.TOOL_CALLS;
          default -> FinishReason.STOP;
        };
    try {
      return new AttemptEvent.Finished(
          reason,
          finished.getPromptTokens(),
          finished.getCachedTokens(),
          finished.getCompletionTokens(),
          finished.getToolCallsList().stream().map(QuestionMessage::call).toList(),
          finished.hasReceipt() ? checked(finished.getReceipt()) : Optional.empty());
    } catch (IllegalArgumentException malformed) {
      return broken("The inferer ended its answer with something malformed.");
    }
  }

  private static AttemptEvent broken(String reason) {
    return new AttemptEvent.Broken(RefusalCode.INFERER_FAILED, reason, true);
  }

  @Override
  public long seed() {
    return seed;
  }

  @Override
  public ModelHash model() {
    return ticket.model();
  }

  @Override
  public Optional<Id16> job() {
    return Optional.of(ticket.job());
  }

  @Override
  public NodeId worker() {
    return ticket.inferer();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      onClose.run();
      endSession(attachment, ticket.session());
    }
  }

  /// Tells referee and inferer that nobody waits for this session's answer.
  static void endSession(RefereeAttachment attachment, Id16 session) {
    ByteString id = ByteString.copyFrom(session.toBytes());
    attachment.send(Up.newBuilder().setEnd(SessionEnd.newBuilder().setSession(id)).build());
  }
}
