// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.security.SecureRandom;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.CommitsClosedPayload;
import org.peermind.protocol.wire.EnrolmentPayload;
import org.peermind.protocol.wire.ExclusionPayload;
import org.peermind.protocol.wire.RosterPayload;
import org.peermind.protocol.wire.RoundAggregatePayload;
import org.peermind.protocol.wire.RoundClosePayload;
import org.peermind.protocol.wire.RoundDescriptorPayload;
import org.peermind.protocol.wire.RoundEvaluationPayload;
import org.peermind.protocol.wire.UpdateCommitPayload;
import org.peermind.protocol.wire.UpdatePayload;

/// Signed messages whose fields are out of range are refused, and the sentence names the field.
final class RoundMessageBoundsTest {
  private static final IdentityKey KEY = IdentityKey.generate(new SecureRandom());
  private static final ByteString SHORT = ByteString.copyFrom(new byte[31]);

  private final Messages messages = new Messages(new Random(5));

  private static ByteString payload(SignedEnvelope envelope) {
    return envelope.wire().getPayload();
  }

  private static void refuses(String type, MessageLite payload, String sentence) {
    SignedEnvelope signed = SignedEnvelope.seal(KEY, type, payload.toByteArray());
    assertThatThrownBy(
            () -> {
              if (type.equals(RoundDescriptor.TYPE)) {
                RoundDescriptor.open(signed);
              } else {
                RoundMessage.open(signed);
              }
            })
        .isInstanceOf(ProtocolException.class)
        .hasMessageStartingWith("a " + type + " is malformed: ")
        .hasMessageContaining(sentence);
  }

  @Test
  void ofEnrolments() throws Exception {
    EnrolmentPayload good = EnrolmentPayload.parseFrom(payload(messages.enrolment().sign(KEY)));
    String type = Enrolment.TYPE;
    refuses(type, good.toBuilder().setRound(SHORT).build(), "a digest has 32 bytes, not 31");
    refuses(type, good.toBuilder().clearPrevious().build(), "a digest has 32 bytes, not 0");
    refuses(type, good.toBuilder().setMethod(0).build(), "a method is unknown");
    refuses(type, good.toBuilder().setMethod(3).build(), "a method is unknown");
    for (int weight : new int[] {0, 3, 5, -1}) {
      refuses(type, good.toBuilder().setWeight(weight).build(), "a weight is 1, 2 or 4");
    }
    refuses(type, good.toBuilder().setTrainingMs(-1).build(), "the time of training");
    refuses(
        type,
        good.toBuilder().setTrainingMs(RoundDescriptor.MILLIS_MAX + 1).build(),
        "the time of training");
  }

  @Test
  void ofTheAggregatorsSteps() {
    refuses(
        Roster.TYPE,
        RosterPayload.newBuilder()
            .setRound(ByteString.copyFrom(new byte[32]))
            .setPrevious(ByteString.copyFrom(new byte[32]))
            .setTrainingUntilMs(-1)
            .build(),
        "a time is out of range");
    refuses(
        CommitsClosed.TYPE,
        CommitsClosedPayload.newBuilder()
            .setRound(ByteString.copyFrom(new byte[32]))
            .setPrevious(ByteString.copyFrom(new byte[32]))
            .setUploadingUntilMs(Long.MAX_VALUE)
            .build(),
        "a time is out of range");
    refuses(Update.TYPE, UpdatePayload.getDefaultInstance(), "a digest has 32 bytes, not 0");
  }

  @Test
  void ofCommitments() throws Exception {
    UpdateCommitPayload good = UpdateCommitPayload.parseFrom(payload(messages.commit().sign(KEY)));
    String type = UpdateCommit.TYPE;
    refuses(type, good.toBuilder().setCommitment(SHORT).build(), "a digest has 32 bytes");
    refuses(type, good.toBuilder().setSteps(0).build(), "the number of steps");
    refuses(type, good.toBuilder().setSteps(100_001).build(), "the number of steps");
    refuses(type, good.toBuilder().setTokens(0).build(), "the number of tokens");
    refuses(type, good.toBuilder().setFirstLossMicro(-1).build(), "the first loss");
    refuses(type, good.toBuilder().setLastLossMicro((1L << 50) + 1).build(), "the last loss");
    refuses(type, good.toBuilder().setMilliWh(-1).build(), "the energy");
  }

  @Test
  void ofAggregates() throws Exception {
    RoundAggregatePayload good =
        RoundAggregatePayload.parseFrom(payload(messages.aggregate().sign(KEY))).toBuilder()
            .clearExclusions()
            .build();
    String type = RoundAggregate.TYPE;
    ExclusionPayload one =
        ExclusionPayload.newBuilder()
            .setMember(ByteString.copyFrom(KEY.id().toBytes()))
            .setFault(1)
            .build();
    refuses(type, good.toBuilder().setAdapter(SHORT).build(), "a digest has 32 bytes");
    refuses(type, good.toBuilder().clearItemsSalt().build(), "a digest has 32 bytes, not 0");
    refuses(
        type,
        good.toBuilder().addExclusions(one).addExclusions(one).build(),
        "a member is excluded twice");
    refuses(
        type,
        good.toBuilder().addExclusions(one.toBuilder().setFault(6)).build(),
        "a fault is unknown");
    refuses(
        type, good.toBuilder().addExclusions(one.toBuilder().setMember(SHORT)).build(), "bytes");
  }

  @Test
  void ofEvaluations() throws Exception {
    RoundEvaluationPayload failed =
        RoundEvaluationPayload.parseFrom(payload(messages.evaluation().sign(KEY))).toBuilder()
            .setPassed(false)
            .clearReasons()
            .addReasons("The loss rose.")
            .build();
    String type = RoundEvaluation.TYPE;
    refuses(type, failed.toBuilder().setItems(4_097).build(), "the number of items");
    refuses(type, failed.toBuilder().setParentLossMicro(-2).build(), "the loss of the parent");
    refuses(type, failed.toBuilder().setLossMicro((1L << 50) + 1).build(), "the loss");
    refuses(type, failed.toBuilder().setPassed(true).build(), "the reasons");
    refuses(type, failed.toBuilder().clearReasons().build(), "the reasons");
    refuses(type, failed.toBuilder().setReasons(0, " ").build(), "a reason");
    refuses(type, failed.toBuilder().setReasons(0, "a\nb").build(), "a reason");
    refuses(type, failed.toBuilder().setReasons(0, "a".repeat(301)).build(), "a reason");
    RoundEvaluationPayload.Builder many = failed.toBuilder();
    for (int reason = 0; reason < 8; reason++) {
      many.addReasons("The loss rose.");
    }
    refuses(type, many.build(), "the reasons");
  }

  @Test
  void ofEnds() {
    RoundClosePayload.Builder good =
        RoundClosePayload.newBuilder()
            .setRound(ByteString.copyFrom(new byte[32]))
            .setPrevious(ByteString.copyFrom(new byte[32]))
            .setEnd(1)
            .setReason("All let it through.");
    refuses(RoundClose.TYPE, good.clone().setEnd(4).build(), "an end is unknown");
    refuses(RoundClose.TYPE, good.clone().clearReason().build(), "the reason");
  }

  private void refusesDescriptor(
      UnaryOperator<RoundDescriptorPayload.Builder> change, String sentence) throws Exception {
    RoundDescriptorPayload good =
        RoundDescriptorPayload.parseFrom(payload(messages.descriptor().sign(KEY)));
    refuses(RoundDescriptor.TYPE, change.apply(good.toBuilder()).build(), sentence);
  }

  @Test
  void ofDescriptors() throws Exception {
    refusesDescriptor(good -> good.setNumber(0), "the number of a round");
    refusesDescriptor(good -> good.setNumber(-1), "the number of a round");
    refusesDescriptor(good -> good.setBase(SHORT), "32 bytes");
    refusesDescriptor(
        good -> good.setParent(good.getParent().toBuilder().setState(SHORT)), "32 bytes");
    refusesDescriptor(good -> good.setUnitBits(41), "the bits of a unit");
    refusesDescriptor(good -> good.setClipUnits(0), "the clip norm");
    refusesDescriptor(good -> good.setMembersMin(0), "the least number of members");
    refusesDescriptor(good -> good.setMembersMax(257), "the most members");
    refusesDescriptor(
        good -> good.setMembersMax(good.getMembersMin() - 1), "the most members is not within");
    refusesDescriptor(good -> good.setOpenedMs(-1), "a time is out of range");
    refusesDescriptor(good -> good.setEnrollingMs(0), "the time of enrolling");
    refusesDescriptor(good -> good.setUploadingMs(-1), "a period of the round is out of range");
    refusesDescriptor(
        good -> good.setEvaluatingMs(RoundDescriptor.MILLIS_MAX + 1),
        "a period of the round is out of range");
    refusesDescriptor(
        good -> good.setTrainingLeastMs(2).setTrainingMostMs(1), "the most time of training");
    refusesDescriptor(RoundDescriptorPayload.Builder::clearGate, "a digest has 32 bytes");
  }

  @Test
  void ofSubspacesAndRules() throws Exception {
    refusesDescriptor(
        good -> good.setSubspace(good.getSubspace().toBuilder().setRank(257)), "the rank");
    refusesDescriptor(
        good -> good.setSubspace(good.getSubspace().toBuilder().setLength((1 << 24) + 1)),
        "the number of coordinates");
    refusesDescriptor(
        good -> good.setSubspace(good.getSubspace().toBuilder().clearKinds()),
        "the number of kinds");
    refusesDescriptor(
        good ->
            good.setSubspace(
                good.getSubspace().toBuilder().clearKinds().addKinds("q").addKinds("q")),
        "a kind is named twice");
    refusesDescriptor(
        good ->
            good.setSubspace(
                good.getSubspace().toBuilder().clearKinds().addKinds("../../etc/passwd")),
        "a kind of tensor is malformed");
    refusesDescriptor(good -> good.setRule(good.getRule().toBuilder().setKind(9)), "a rule");
    refusesDescriptor(
        good -> good.setRule(good.getRule().toBuilder().setTrimPermille(500)), "trimmed share");
    refusesDescriptor(
        good -> good.setRule(good.getRule().toBuilder().setKind(4).setByzantine(200)),
        "Krum needs at least twice as many members");
    refusesDescriptor(
        good ->
            good.setMembersMin(43)
                .setRule(good.getRule().toBuilder().setKind(5).setByzantine(1).setChosen(44)),
        "Multi-Krum cannot choose more than take part");
    refusesDescriptor(
        good -> good.setRule(good.getRule().toBuilder().setKind(7).setRadiusUnits(0)),
        "the radius");
    refusesDescriptor(
        good -> good.setRule(good.getRule().toBuilder().setKind(6).setIterations(0)),
        "the number of iterations");
  }

  @Test
  void ofOptimisersAndLessonsAndGates() throws Exception {
    refusesDescriptor(
        good -> good.setOuter(good.getOuter().toBuilder().setKind(4)), "an optimiser is unknown");
    refusesDescriptor(
        good -> good.setOuter(good.getOuter().toBuilder().setRateMicro(0)), "the rate");
    refusesDescriptor(
        good -> good.setOuter(good.getOuter().toBuilder().setMomentumMicro(1_000_000)),
        "the momentum");
    refusesDescriptor(
        good -> good.setOuter(good.getOuter().toBuilder().setKind(3).setTauNano(0)), "tau");
    refusesDescriptor(
        good -> good.setLesson(good.getLesson().toBuilder().setSteps(0)), "the number of steps");
    refusesDescriptor(
        good -> good.setLesson(good.getLesson().toBuilder().setSteps(1).setWarmupSteps(2)),
        "steps that warm up");
    refusesDescriptor(
        good -> good.setLesson(good.getLesson().toBuilder().setSequenceTokensMax(1)),
        "the length of a sequence");
    refusesDescriptor(
        good -> good.setGate(good.getGate().toBuilder().setItemsMin(0)), "the number of items");
    refusesDescriptor(
        good -> good.setGate(good.getGate().toBuilder().setLossPermyriadMax(10_001)),
        "the rise of the loss");
    refusesDescriptor(
        good -> good.setGate(good.getGate().toBuilder().setTriggerMilliMax(0)),
        "the shift by rare tokens");
  }
}
