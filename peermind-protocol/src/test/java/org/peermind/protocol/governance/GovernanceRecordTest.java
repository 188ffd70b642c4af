// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.testkit.Property;

/// Records of the ledger: what goes out comes back, its bytes stay what they are, and what breaks a
/// bound is refused.
class GovernanceRecordTest {
  private static final SecureRandom SECRETS = new SecureRandom();
  private static final IdentityKey KEY = IdentityKey.generate(SECRETS);
  private static final IdentityKey NEW_KEY = IdentityKey.generate(SECRETS);
  private static final Digest ONE = digest("one");
  private static final Digest TWO = digest("two");
  private static final ModelHash MODEL = new ModelHash(digest("model").hex());
  private static final NodeId NODE = NodeId.ofPublicKey(new byte[32]);

  private static Digest digest(String text) {
    return Digest.over(text.getBytes(StandardCharsets.UTF_8));
  }

  /// One of each kind whose bytes depend on no key.
  private static List<GovernanceRecord> fixed() {
    Figures figures =
        new Figures(
            900_000, 12_500, 30_000, 80, 200, 700, 1_500, OptionalLong.of(90), Set.of(0, 9));
    return List.of(
        new Genesis(
            new NetworkName("garden"),
            List.of(NODE),
            Rules.bootstrap(List.of("Apache-2.0")),
            Optional.of(MODEL)),
        new Vouch(ONE, NODE, Role.INFERER),
        new Proposal(
            ONE,
            Optional.of(TWO),
            Proposal.Change.MAJOR,
            new Proposal.Candidate(
                "tiny", "llama", "Apache-2.0", MODEL, 4_000_000, ONE, TWO, ONE, "Q8_0", 2_048),
            new Proposal.Claims(
                700,
                OptionalLong.of(80),
                250,
                15_000,
                List.of(new Proposal.Accuracy("world", 800))),
            "trained by us",
            Optional.of(MODEL),
            List.of(MODEL),
            OptionalInt.of(600)),
        new Sponsor(ONE),
        new Commit(Commit.Kind.EVALUATION, ONE, 0, TWO),
        new Commit(Commit.Kind.BALLOT, ONE, 3, TWO),
        new EvaluationReveal(ONE, TWO, ONE, TWO, ONE, 8_192, 10, figures, figures),
        new BallotReveal(
            ONE,
            3,
            TWO,
            List.of(1, 0, 2),
            List.of(
                new BallotReveal.Objection(1, BallotReveal.Ground.LICENCE, "not free to share"))),
        new Certificate(ONE, TWO, Optional.of(ONE), TWO),
        new Ready(ONE, MODEL),
        new Stage(ONE, Stage.Step.QUARTER),
        new Rollback(ONE, Rollback.Cause.ACCURACY, "canaries fell by 9 points"),
        new EmergencyStop(ONE, MODEL, "it prints addresses"),
        new UpdateCheckpoint(
            ONE, 3, MODEL, Optional.of(TWO), Optional.of(ONE), 4_096, TWO, "all let it through"),
        new UpdateCheckpoint(
            ONE, 3, MODEL, Optional.of(ONE), Optional.empty(), 0, TWO, "it fares badly"),
        new UpdateCandidate(
            new UpdateCheckpoint(
                ONE, 4, MODEL, Optional.of(TWO), Optional.of(ONE), 1, TWO, "it passed")),
        new UpdateBallot(ONE, TWO, true, "it answers well"));
  }

  private static List<GovernanceRecord> all() {
    List<GovernanceRecord> all = new ArrayList<>(fixed());
    all.add(new KeyRotation(ONE, KeyRotation.accept(ONE, KEY.id(), NEW_KEY)));
    all.add(
        new Misbehaviour(
            ONE,
            new Commit(Commit.Kind.BALLOT, ONE, 3, TWO).sign(KEY),
            new Commit(Commit.Kind.BALLOT, ONE, 3, ONE).sign(KEY)));
    return all;
  }

  @Test
  void everyRecordComesBackAsItWasSigned() throws ProtocolException {
    for (GovernanceRecord sent : all()) {
      SignedEnvelope received = SignedEnvelope.ofBytes(sent.sign(KEY).wire().toByteArray());
      assertThat(GovernanceRecord.open(received)).isEqualTo(sent);
    }
  }

  @Test
  void bytesOfRecordsStayWhatTheyAre() {
    String names =
        fixed().stream()
            .map(record -> record.sign(KEY).wire())
            .map(
                wire ->
                    wire.getType()
                        + " "
                        + wire.getPayload().size()
                        + " "
                        + Digest.over(wire.getPayload().toByteArray()).shortText())
            .collect(Collectors.joining("\n"));
    assertThat(names)
        .isEqualTo(
            """
            genesis 162 ba2f68b640e0
            vouch 70 2d6136c2ecc9
            proposal 359 c140e420a348
            sponsor 34 36acc71a7ec8
            evaluation-commit 68 63b1e3e10200
            ballot-commit 70 326200a7dbde
            evaluation-reveal 235 bc6f48dc549c
            ballot-reveal 100 de3fd1f61d43
            certificate 136 04b78db56f6d
            ready 68 ade11b2efe18
            stage 36 d7f8d84ab82a
            rollback 63 b3514210c398
            emergency-stop 89 cf2dfde034d5
            update-checkpoint 195 2e37fc7a05f3
            update-checkpoint 154 f1e1cfc0ce72
            update-candidate 185 a55253eddc1b
            update-ballot 87 d8c564c3ad74\
            """);
  }

  @Test
  void anyChangedBitIsRefused_withASentence() {
    List<SignedEnvelope> sent = all().stream().map(record -> record.sign(KEY)).toList();
    Property.forAll(
        1,
        300,
        random -> {
          SignedEnvelope one = sent.get(random.nextInt(sent.size()));
          byte[] payload = one.wire().getPayload().toByteArray();
          payload[random.nextInt(payload.length)] ^= (byte) (1 << random.nextInt(8));
          SignedEnvelope forged =
              SignedEnvelope.of(
                  one.wire().toBuilder().setPayload(ByteString.copyFrom(payload)).build());
          assertThatThrownBy(() -> GovernanceRecord.open(forged))
              .isInstanceOf(ProtocolException.class)
              .hasMessageContaining("does not verify");
        });
  }

  @Test
  void hostilePayloadsAreRefused_andNothingElseHappens() {
    List<SignedEnvelope> sent = all().stream().map(record -> record.sign(KEY)).toList();
    int[] refused = {0};
    Property.forAll(
        1,
        1_000,
        random -> {
          SignedEnvelope one = sent.get(random.nextInt(sent.size()));
          byte[] payload = one.wire().getPayload().toByteArray();
          for (int change = random.nextInt(1, 4); change > 0; change--) {
            payload[random.nextInt(payload.length)] = (byte) random.nextInt();
          }
          try {
            GovernanceRecord.open(SignedEnvelope.seal(KEY, one.wire().getType(), payload));
          } catch (ProtocolException expected) {
            assertThat(expected.getMessage()).isNotBlank();
            refused[0]++;
          }
        });
    assertThat(refused[0]).isPositive();
  }

  @Test
  void reportOfTheMostItemsFitsIntoAnEnvelope() throws ProtocolException {
    Set<Integer> right =
        IntStream.range(0, EvaluationReveal.ITEMS_MAX).boxed().collect(Collectors.toSet());
    Figures figures = new Figures(1, 1, 1, 1, 1, 1, 1, OptionalLong.empty(), right);
    SignedEnvelope sent =
        new EvaluationReveal(
                ONE, TWO, ONE, TWO, ONE, 1, EvaluationReveal.ITEMS_MAX, figures, figures)
            .sign(KEY);
    assertThat(sent.wire().getPayload().size()).isLessThan(SignedEnvelope.PAYLOAD_BYTES_MAX);
    assertThat(EvaluationReveal.open(SignedEnvelope.of(sent.wire())).candidate().rightItems())
        .hasSize(EvaluationReveal.ITEMS_MAX);
  }

  @Test
  void sealedThingIsNamedByItsAuthor() {
    BallotReveal ballot = new BallotReveal(ONE, 1, TWO, List.of(1, 2), List.of());
    assertThat(Digest.of(ballot.sign(KEY))).isEqualTo(Digest.of(ballot.sign(KEY)));
    assertThat(Digest.of(ballot.sign(NEW_KEY))).isNotEqualTo(Digest.of(ballot.sign(KEY)));
  }

  @Test
  void newKeyMustAgreeToFollowTheOldOne() throws ProtocolException {
    SignedEnvelope acceptance = KeyRotation.accept(ONE, KEY.id(), NEW_KEY);
    assertThat(new KeyRotation(ONE, acceptance).successorOf(KEY.id())).isEqualTo(NEW_KEY.id());
    assertThatThrownBy(() -> new KeyRotation(ONE, acceptance).successorOf(NODE))
        .hasMessageContaining("follow another");
    assertThatThrownBy(() -> new KeyRotation(TWO, acceptance).successorOf(KEY.id()))
        .hasMessageContaining("follow another");
  }

  @Test
  void misbehaviourIsProvenByTwoContradictingEnvelopesOnly() throws ProtocolException {
    SignedEnvelope one = new Commit(Commit.Kind.BALLOT, ONE, 3, TWO).sign(KEY);
    SignedEnvelope other = new Commit(Commit.Kind.BALLOT, ONE, 3, ONE).sign(KEY);
    assertThat(new Misbehaviour(ONE, one, other).proven().proposal()).isEqualTo(ONE);
    for (SignedEnvelope harmless :
        List.of(
            one,
            new Commit(Commit.Kind.BALLOT, ONE, 4, ONE).sign(KEY),
            new Commit(Commit.Kind.BALLOT, TWO, 3, ONE).sign(KEY),
            new Commit(Commit.Kind.BALLOT, ONE, 3, ONE).sign(NEW_KEY),
            new Commit(Commit.Kind.EVALUATION, ONE, 0, ONE).sign(KEY))) {
      assertThatThrownBy(() -> new Misbehaviour(ONE, one, harmless).proven())
          .hasMessageContaining("do not contradict");
    }
  }

  @Test
  void boundsAreRefused() {
    assertThatThrownBy(
            () ->
                new Genesis(new NetworkName("a"), List.of(NODE, NODE), rules(1), Optional.empty()))
        .hasMessageContaining("twice");
    assertThatThrownBy(() -> rules(0)).hasMessageContaining("a period");
    assertThatThrownBy(() -> new BallotReveal(ONE, 1, TWO, List.of(1), List.of()))
        .hasMessageContaining("options");
    assertThatThrownBy(() -> new Commit(Commit.Kind.BALLOT, ONE, 0, TWO))
        .hasMessageContaining("sequence");
    assertThatThrownBy(() -> new Rollback(ONE, Rollback.Cause.CRASHES, "x".repeat(301)))
        .hasMessageContaining("reason");
    assertThatThrownBy(() -> new Vouch(ONE, NODE, Role.REFEREE)).hasMessageContaining("referee");
    assertThatThrownBy(() -> checkpoint(0, Optional.of(ONE), 1, "why"))
        .hasMessageContaining("the number of a round");
    assertThatThrownBy(() -> checkpoint(1, Optional.of(TWO), 1, "why"))
        .hasMessage("an adapter does not replace itself");
    assertThatThrownBy(() -> checkpoint(1, Optional.of(ONE), 0, "why"))
        .hasMessageContaining("the size of the adapter");
    assertThatThrownBy(() -> checkpoint(1, Optional.of(ONE), (256L << 20) + 1, "why"))
        .hasMessageContaining("the size of the adapter");
    assertThatThrownBy(() -> checkpoint(1, Optional.empty(), 1, "why"))
        .hasMessageContaining("the size of the adapter");
    assertThatThrownBy(() -> checkpoint(1, Optional.of(ONE), 1, " "))
        .hasMessageContaining("the reason");
  }

  private static UpdateCheckpoint checkpoint(
      long number, Optional<Digest> adapter, long bytes, String reason) {
    return new UpdateCheckpoint(ONE, number, MODEL, Optional.of(TWO), adapter, bytes, ONE, reason);
  }

  private static Rules rules(int seconds) {
    Rules usual = Rules.usual(List.of("MIT"));
    Duration period = Duration.ofSeconds(seconds);
    return new Rules(
        period,
        period,
        period,
        period,
        period,
        period,
        period,
        period,
        period,
        period,
        period,
        1,
        usual.licences(),
        true,
        1_000,
        1_000,
        10,
        75,
        50,
        "general",
        300,
        false);
  }
}
