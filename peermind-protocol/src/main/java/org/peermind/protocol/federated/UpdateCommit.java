// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Fields;
import org.peermind.protocol.wire.UpdateCommitPayload;

/// A member has trained and binds itself to its update before it sees any other's.
///
/// @param commitment of the update's bytes, its author and the round, see [#commitment]
public record UpdateCommit(Digest round, Digest previous, Digest commitment, Training training)
    implements RoundMessage {
  static final String TYPE = "update-commit";

  /// What the member says of its training.
  ///
  /// @param firstLossMicro mean loss of the first step, in millionths
  /// @param lastLossMicro of the last
  /// @param milliWh energy that it took, in thousandths of a watt-hour; empty when unknown
  public record Training(
      int steps, long tokens, long firstLossMicro, long lastLossMicro, OptionalLong milliWh) {
    private static final long FIGURE_MAX = 1L << 50;

    public Training {
      Fields.within(steps, 1, Lesson.STEPS_MAX, "the number of steps");
      Fields.within(tokens, 1, FIGURE_MAX, "the number of tokens");
      Fields.within(firstLossMicro, 0, FIGURE_MAX, "the first loss");
      Fields.within(lastLossMicro, 0, FIGURE_MAX, "the last loss");
      milliWh.ifPresent(energy -> Fields.within(energy, 0, FIGURE_MAX, "the energy"));
    }
  }

  /// What binds `author` to a vector that nobody has seen: whoever copies the commitment of another
  /// cannot open it, because the author is part of it.
  public static Digest commitment(Digest round, NodeId author, Digest vector) {
    return Digest.over(
        "peermind/v1/update\0".getBytes(StandardCharsets.UTF_8),
        round.toBytes(),
        author.toBytes(),
        vector.toBytes());
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    UpdateCommitPayload.Builder payload =
        UpdateCommitPayload.newBuilder()
            .setRound(Fields.bytes(round))
            .setPrevious(Fields.bytes(previous));
    payload
        .setCommitment(Fields.bytes(commitment))
        .setSteps(training.steps())
        .setTokens(training.tokens())
        .setFirstLossMicro(training.firstLossMicro())
        .setLastLossMicro(training.lastLossMicro());
    training.milliWh().ifPresent(payload::setMilliWh);
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the message.
  public static UpdateCommit open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, UpdateCommitPayload.parser(), UpdateCommit::decode);
  }

  private static UpdateCommit decode(UpdateCommitPayload payload) throws ProtocolException {
    return new UpdateCommit(
        Fields.digest(payload.getRound()),
        Fields.digest(payload.getPrevious()),
        Fields.digest(payload.getCommitment()),
        new Training(
            payload.getSteps(),
            payload.getTokens(),
            payload.getFirstLossMicro(),
            payload.getLastLossMicro(),
            payload.hasMilliWh() ? OptionalLong.of(payload.getMilliWh()) : OptionalLong.empty()));
  }
}
