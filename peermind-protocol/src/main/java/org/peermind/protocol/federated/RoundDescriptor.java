// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Fields;
import org.peermind.protocol.wire.RoundDescriptorPayload;

/// Opens a federated round. Its author is the aggregator, and its [Digest] is the round's name. A
/// member whose own model or checkpoint is another one takes no part, so that nobody is made to
/// train on a model that only he was given.
///
/// @param genesis of the network
/// @param number of the round in the network, from 1
/// @param base the model that is trained
/// @param parent what the round before left; empty at a model's first
/// @param unitBits a coordinate's number n means `n * 2^-unitBits`
/// @param clipUnits longest update (Euclidean norm), in units of the encoding
public record RoundDescriptor(
    Digest genesis,
    long number,
    ModelHash base,
    Optional<AdapterCheckpoint> parent,
    SubspaceChoice subspace,
    int unitBits,
    long clipUnits,
    RuleChoice rule,
    OuterChoice outer,
    Lesson lesson,
    GateTerms gate,
    Company company,
    Timetable timetable) {
  static final String TYPE = "round";

  /// Most members of a round.
  public static final int MEMBERS_MAX = 256;

  /// Longest period, in milliseconds.
  static final long MILLIS_MAX = Duration.ofDays(31).toMillis();

  private static final int UNIT_BITS_MAX = 40;
  private static final long CLIP_UNITS_MAX = 1L << 40;

  /// How many take part.
  public record Company(int least, int most) {
    public Company {
      Fields.within(least, 1, MEMBERS_MAX, "the least number of members");
      Fields.within(most, least, MEMBERS_MAX, "the most members");
    }
  }

  /// How long each step takes.
  ///
  /// @param trainingLeast and `trainingMost` bound the time of training, which the aggregator sets
  ///   when it knows what power the members expect
  public record Timetable(
      Instant opened,
      Duration enrolling,
      Duration trainingLeast,
      Duration trainingMost,
      Duration uploading,
      Duration evaluating) {
    public Timetable {
      Fields.within(enrolling.toMillis(), 1, MILLIS_MAX, "the time of enrolling");
      Fields.within(trainingLeast.toMillis(), 1, MILLIS_MAX, "the least time of training");
      Fields.within(
          trainingMost.toMillis(),
          trainingLeast.toMillis(),
          MILLIS_MAX,
          "the most time of training");
      Fields.within(uploading.toMillis(), 1, MILLIS_MAX, "the time of uploading");
      Fields.within(evaluating.toMillis(), 1, MILLIS_MAX, "the time of evaluating");
    }
  }

  public RoundDescriptor {
    Fields.within(number, 1, Long.MAX_VALUE, "the number of a round");
    Fields.within(unitBits, 1, UNIT_BITS_MAX, "the bits of a unit");
    Fields.within(clipUnits, 1, CLIP_UNITS_MAX, "the clip norm");
    boolean isKrum =
        rule.kind() == RuleChoice.Kind.KRUM || rule.kind() == RuleChoice.Kind.MULTI_KRUM;
    Fields.check(
        !isKrum || company.least() >= 2 * rule.byzantine() + 3,
        "Krum needs at least twice as many members as it withstands liars, and three more");
    Fields.check(rule.chosen() <= company.least(), "Multi-Krum cannot choose more than take part");
  }

  /// Signs the descriptor.
  public SignedEnvelope sign(IdentityKey key) {
    RoundDescriptorPayload.Builder payload =
        RoundDescriptorPayload.newBuilder()
            .setGenesis(Fields.bytes(genesis))
            .setNumber(number)
            .setBase(Fields.bytes(base))
            .setSubspace(subspace.encode())
            .setUnitBits(unitBits)
            .setClipUnits(clipUnits)
            .setRule(rule.encode())
            .setOuter(outer.encode())
            .setLesson(lesson.encode())
            .setGate(gate.encode())
            .setMembersMin(company.least())
            .setMembersMax(company.most())
            .setOpenedMs(timetable.opened().toEpochMilli())
            .setEnrollingMs(timetable.enrolling().toMillis())
            .setTrainingLeastMs(timetable.trainingLeast().toMillis())
            .setTrainingMostMs(timetable.trainingMost().toMillis())
            .setUploadingMs(timetable.uploading().toMillis())
            .setEvaluatingMs(timetable.evaluating().toMillis());
    parent.ifPresent(checkpoint -> payload.setParent(checkpoint.encode()));
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the descriptor.
  public static RoundDescriptor open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, RoundDescriptorPayload.parser(), RoundDescriptor::decode);
  }

  private static RoundDescriptor decode(RoundDescriptorPayload payload) throws ProtocolException {
    return new RoundDescriptor(
        Fields.digest(payload.getGenesis()),
        payload.getNumber(),
        Fields.model(payload.getBase()),
        payload.hasParent()
            ? Optional.of(AdapterCheckpoint.decode(payload.getParent()))
            : Optional.empty(),
        SubspaceChoice.decode(payload.getSubspace()),
        payload.getUnitBits(),
        payload.getClipUnits(),
        RuleChoice.decode(payload.getRule()),
        OuterChoice.decode(payload.getOuter()),
        Lesson.decode(payload.getLesson()),
        GateTerms.decode(payload.getGate()),
        new Company(payload.getMembersMin(), payload.getMembersMax()),
        new Timetable(
            Payloads.instant(payload.getOpenedMs()),
            period(payload.getEnrollingMs()),
            period(payload.getTrainingLeastMs()),
            period(payload.getTrainingMostMs()),
            period(payload.getUploadingMs()),
            period(payload.getEvaluatingMs())));
  }

  private static Duration period(long millis) throws ProtocolException {
    if (millis < 0 || millis > MILLIS_MAX) {
      throw new ProtocolException("a period of the round is out of range");
    }
    return Duration.ofMillis(millis);
  }
}
