// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.Activation;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.Role;

/// Requests, offers and sessions (design section 6, steps 2 and 3).
final class RefereeCoreTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void opensTheRelayBeforeItAssigns() {
    Stage stage = Stage.settled();
    stage.sunny("sun", 1);
    stage.attachUser("ann");
    stage.ask("ann", "r1");

    List<RefereeEffect> effects = stage.accept("r1.offer1", "sun");

    assertThat(effects).hasSize(2);
    assertThat(effects.get(0))
        .isEqualTo(
            new RefereeEffect.SessionOpened(
                stage.id("r1.session"), stage.node("ann"), stage.node("sun")));
    assertThat(effects.get(1))
        .isEqualTo(
            new RefereeEffect.Assign(
                stage.id("r1"),
                stage.node("ann"),
                stage.node("sun"),
                stage.id("r1.ticket"),
                stage.id("r1.session"),
                stage.id("r1.job"),
                stage.id("r1.offer1.nonce"),
                Sketch.DEMO,
                100,
                stage.id("r1.seed").high(),
                stage.now,
                stage.now.plusSeconds(30),
                Optional.of(
                    new RefereeInput.Lease(
                        stage.node("sun"), stage.now.plus(Duration.ofMinutes(10))))));
  }

  @Test
  void refusesAfterThreeTries_andNamesTheLastReason() {
    Stage stage = Stage.settled();
    for (String name : List.of("a", "b", "c", "d")) {
      stage.sunny(name, 1);
    }
    stage.attachUser("ann");
    String first = stage.offeredTo(stage.ask("ann", "r1"));
    String second = stage.offeredTo(stage.decline("r1.offer1", first, "Busy."));
    String third = stage.offeredTo(stage.decline("r1.offer2", second, "Busy."));

    RefereeEffect.Refuse refusal =
        Stage.refusal(stage.decline("r1.offer3", third, "The owner is gaming."));

    assertThat(List.of(first, second, third)).doesNotHaveDuplicates();
    assertThat(refusal.code()).isEqualTo(RefusalCode.NO_CAPACITY);
    assertThat(refusal.sentence()).contains("3 inferers").contains("The owner is gaming.");
    assertThat(refusal.retryAfterSeconds()).isEqualTo(5);
    assertThat(stage.core.snapshot(stage.now).usersAdmitted()).isZero();
  }

  @Test
  void withdrawsAnOffer_whenThreeSecondsPassWithoutAnAnswer() {
    Stage stage = Stage.settled();
    stage.sunny("sun", 1);
    stage.attachUser("ann");
    stage.ask("ann", "r1");

    assertThat(stage.after(Duration.ofMillis(2_999))).isEmpty();
    List<RefereeEffect> effects = stage.after(Duration.ofMillis(1));

    assertThat(effects.getFirst())
        .isEqualTo(new RefereeEffect.WithdrawOffer(stage.node("sun"), stage.id("r1.offer1")));
    assertThat(Stage.refusal(effects).sentence()).contains("did not answer in time");
  }

  @Test
  void takesNoAcceptance_atTheInstantThatTheOfferExpires() {
    Stage stage = Stage.settled();
    stage.sunny("sun", 1);
    stage.attachUser("ann");
    stage.ask("ann", "r1");
    stage.now = stage.now.plusSeconds(3);

    List<RefereeEffect> effects = stage.accept("r1.offer1", "sun");

    assertThat(Stage.only(effects, RefereeEffect.Assign.class)).isEmpty();
    assertThat(Stage.only(effects, RefereeEffect.WithdrawOffer.class)).hasSize(1);
    assertThat(Stage.refusal(effects).code()).isEqualTo(RefusalCode.NO_CAPACITY);
  }

  @Test
  void asksNobodyAfterTheUsersDeadline() {
    Stage stage = Stage.settled();
    stage.sunny("one", 1);
    stage.sunny("two", 1);
    stage.attachUser("ann");
    List<RefereeEffect> offered =
        stage.give(stage.request("ann", "r1", "demo", SECOND, Optional.empty(), 100));

    assertThat(Stage.only(offered, RefereeEffect.SendOffer.class).getFirst().expires())
        .isEqualTo(stage.now.plus(SECOND));
    assertThat(Stage.refusal(stage.after(SECOND)).request()).isEqualTo(stage.id("r1"));
  }

  @Test
  void asksTheNextInferer_whenTheAskedOneLeaves() {
    Stage stage = Stage.settled();
    stage.sunny("one", 1);
    stage.sunny("two", 1);
    stage.attachUser("ann");
    String first = stage.offeredTo(stage.ask("ann", "r1"));

    String second = stage.offeredTo(stage.detach(first));

    assertThat(second).isNotEqualTo(first);
    assertThat(stage.accept("r1.offer1", first)).isEmpty();
  }

  @Test
  void forgetsARequest_whenItsUserLeaves() {
    Stage stage = Stage.settled();
    stage.sunny("sun", 1);
    stage.attachUser("ann");
    stage.ask("ann", "r1");

    List<RefereeEffect> effects = stage.detach("ann");

    assertThat(effects)
        .containsExactly(new RefereeEffect.WithdrawOffer(stage.node("sun"), stage.id("r1.offer1")));
    assertThat(stage.accept("r1.offer1", "sun")).isEmpty();
    assertThat(stage.row("sun").slotsFree()).isEqualTo(1);
    assertThat(stage.core.snapshot(stage.now).usersAdmitted()).isZero();
  }

  @Test
  void keepsSeedAndModelOfTheJob_whenAnAnswerIsContinued() {
    Stage stage = Stage.settled();
    stage.sunny("one", 1);
    stage.sunny("two", 1);
    stage.attachUser("ann");
    RefereeEffect.Assign first = stage.assigned("ann", "r1");
    String failed = stage.name(first.inferer());

    String next =
        stage.offeredTo(stage.ask("ann", "r2", "whatever", Optional.of("r1.job"), failed));
    RefereeEffect.Assign second =
        Stage.only(stage.accept("r2.offer1", next), RefereeEffect.Assign.class).getFirst();

    assertThat(next).isNotEqualTo(failed);
    assertThat(second.job()).isEqualTo(first.job());
    assertThat(second.seed()).isEqualTo(first.seed());
    assertThat(second.model()).isEqualTo(first.model());
    assertThat(second.session()).isNotEqualTo(first.session());
  }

  @Test
  void refusesToContinueTheAnswerOfAnotherUser() {
    Stage stage = Stage.settled();
    stage.sunny("sun", 4);
    stage.attachUser("ann");
    stage.attachUser("eve");
    stage.assigned("ann", "r1");

    RefereeEffect.Refuse refusal =
        Stage.refusal(stage.ask("eve", "e1", "demo", Optional.of("r1.job")));

    assertThat(refusal.code()).isEqualTo(RefusalCode.BAD_REQUEST);
  }

  @Test
  void boundsTheAnswersOfOneUser_butLetsARunningOneBeContinued() {
    Stage stage = Stage.settled();
    stage.sunny("sun", 16);
    stage.attachUser("ann");
    for (int i = 0; i < 8; i++) {
      stage.assigned("ann", "r" + i);
    }

    RefereeEffect.Refuse refusal = Stage.refusal(stage.ask("ann", "r8"));
    assertThat(refusal.code()).isEqualTo(RefusalCode.NO_CAPACITY);
    assertThat(refusal.sentence()).contains("8 answers at a time");
    assertThat(stage.offeredTo(stage.ask("ann", "again", "demo", Optional.of("r3.job"))))
        .isEqualTo("sun");
  }

  @Test
  void endsSessionsWithTheirInferer_andTellsTheUser() {
    Stage stage = Stage.settled();
    stage.sunny("sun", 1);
    stage.attachUser("ann");
    stage.assigned("ann", "r1");

    assertThat(stage.detach("sun"))
        .containsExactly(
            new RefereeEffect.SessionClosed(
                stage.id("r1.session"), stage.node("ann"), stage.node("sun")),
            new RefereeEffect.PeerGone(stage.id("r1.session"), stage.node("ann")));
    assertThat(stage.detach("ann")).isEmpty();
  }

  @Test
  void endsSessions_whenANodeAttachesAnew() {
    Stage stage = Stage.settled();
    stage.sunny("sun", 1);
    stage.attachUser("ann");
    stage.assigned("ann", "r1");

    List<RefereeEffect> effects = stage.attachInferer("sun");

    assertThat(Stage.only(effects, RefereeEffect.PeerGone.class))
        .containsExactly(new RefereeEffect.PeerGone(stage.id("r1.session"), stage.node("ann")));
    assertThat(stage.row("sun").presence()).isEqualTo(Presence.CONNECTED);
  }

  @Test
  void letsNobodyElseEndASession() {
    Stage stage = Stage.settled();
    stage.sunny("sun", 1);
    stage.attachUser("ann");
    stage.attachUser("eve");
    stage.assigned("ann", "r1");

    assertThat(stage.end("r1.session", "eve")).isEmpty();
    assertThat(stage.end("r1.session", "sun")).hasSize(2);
  }

  @Test
  void endsSessions_whenTicketLifetimeAndTheLongestAnswerAreOver() {
    Stage stage = Stage.settled();
    stage.sunny("sun", 1);
    stage.attachUser("ann");
    stage.assigned("ann", "r1");

    assertThat(stage.after(Duration.ofSeconds(15 * 60 + 29))).isEmpty();
    assertThat(stage.after(SECOND))
        .containsExactly(
            new RefereeEffect.SessionClosed(
                stage.id("r1.session"), stage.node("ann"), stage.node("sun")),
            new RefereeEffect.PeerGone(stage.id("r1.session"), stage.node("ann")),
            new RefereeEffect.PeerGone(stage.id("r1.session"), stage.node("sun")));
    assertThat(stage.core.snapshot(stage.now).sessions()).isZero();
  }

  @Test
  void freesTheSlotOfATicketThatWasNeverUsed_withTheInferersReport() {
    Stage stage = Stage.settled();
    stage.sunny("sun", 1);
    stage.attachUser("ann");
    stage.assigned("ann", "r1");

    stage.now = stage.now.plusSeconds(29);
    stage.report("sun", new Sketch().slots(1, 1));
    assertThat(stage.row("sun").slotsFree()).isZero();
    stage.now = stage.now.plusSeconds(1);
    stage.report("sun", new Sketch().slots(1, 1));
    assertThat(stage.row("sun").slotsFree()).isEqualTo(1);
  }

  @Test
  void creditsASlot_whenASessionThatTheReportShowedEnds() {
    Stage stage = Stage.settled();
    stage.sunny("sun", 2);
    stage.attachUser("ann");
    stage.assigned("ann", "r1");
    stage.report("sun", new Sketch().slots(0, 2)); // The owner uses the other slot.
    assertThat(stage.row("sun").slotsFree()).isZero();

    stage.end("r1.session", "ann");

    assertThat(stage.row("sun").slotsFree()).isEqualTo(1);
  }

  @Test
  void asksAUsersOwnNode_unlessTheUserExcludesIt() {
    Stage stage = Stage.settled();
    stage.attach("ann", Stage.HOME, Role.INFERER, Role.LIGHT_USER);
    stage.report("ann", new Sketch());

    assertThat(stage.offeredTo(stage.ask("ann", "r1"))).isEqualTo("ann");
    RefereeEffect.Refuse refusal =
        Stage.refusal(stage.ask("ann", "r2", "demo", Optional.empty(), "ann"));
    assertThat(refusal.code()).isEqualTo(RefusalCode.NO_CAPACITY);
    assertThat(refusal.sentence()).contains("excludes");
    assertThat(stage.detach("ann")).hasSize(1); // The withdrawal of the first request's offer.
    assertThat(stage.core.snapshot(stage.now).sessions()).isZero();
  }

  @Test
  void refusesWhatMakesNoSense() {
    Stage stage = Stage.settled();
    stage.sunny("sun", 1);
    stage.attachUser("ann");
    String longName = "m".repeat(101);

    assertThat(Stage.refusal(stage.ask("ann", "r1", longName, Optional.empty())).code())
        .isEqualTo(RefusalCode.BAD_REQUEST);
    assertThat(Stage.refusal(stage.ask("ann", "r2", " ", Optional.empty())).code())
        .isEqualTo(RefusalCode.BAD_REQUEST);
    for (int tokens : List.of(0, -1, 1_000_001)) {
      RefereeInput request =
          stage.request("ann", "t" + tokens, "demo", SECOND, Optional.empty(), tokens);
      assertThat(Stage.refusal(stage.give(request)).code()).isEqualTo(RefusalCode.BAD_REQUEST);
    }
    assertThat(Stage.refusal(stage.ask("stranger", "s1")).sentence()).contains("attach first");
  }

  @Test
  void refusesWhatNoContextHolds() {
    // 256 bytes of prompt are at least 32 tokens, and an answer is one at least; a token budget is
    // a bound, not a demand.
    Stage fits = Stage.settled();
    fits.attachInferer("small");
    fits.report("small", new Sketch().context(33));
    fits.attachUser("ann");
    Stage tooSmall = Stage.settled();
    tooSmall.attachInferer("small");
    tooSmall.report("small", new Sketch().context(32));
    tooSmall.attachUser("ann");

    assertThat(
            fits.offeredTo(
                fits.give(fits.request("ann", "r1", "demo", SECOND, Optional.empty(), 4_000))))
        .isEqualTo("small");
    RefereeEffect.Refuse refusal =
        Stage.refusal(
            tooSmall.give(tooSmall.request("ann", "r1", "demo", SECOND, Optional.empty(), 1)));
    assertThat(refusal.code()).isEqualTo(RefusalCode.CONTEXT_TOO_LONG);
    assertThat(refusal.sentence()).contains("33 tokens").contains("32");
    assertThat(refusal.retryAfterSeconds()).isZero();
  }

  @Test
  void saysUnknownModel_andWhatThereIs() {
    Stage stage = Stage.settled();
    stage.sunny("sun", 1);
    stage.attachUser("ann");

    RefereeEffect.Refuse refusal = Stage.refusal(stage.ask("ann", "r1", "gpt-9", Optional.empty()));

    assertThat(refusal.code()).isEqualTo(RefusalCode.UNKNOWN_MODEL);
    assertThat(refusal.sentence())
        .isEqualTo("No inferer in the network serves gpt-9; those here serve demo.");
  }

  @Test
  void boundsRetryAfter_toFiveSecondsAndTenMinutes() {
    assertThat(retryAfterWithNextPowerIn(Duration.ofMillis(1))).isEqualTo(5);
    assertThat(retryAfterWithNextPowerIn(Duration.ofMillis(90_001))).isEqualTo(91);
    assertThat(retryAfterWithNextPowerIn(Duration.ofHours(9))).isEqualTo(600);
    assertThat(retryAfterWithNextPowerIn(Duration.ofSeconds(-5))).isEqualTo(60);
  }

  private static int retryAfterWithNextPowerIn(Duration duration) {
    Stage stage = Stage.settled();
    stage.attachInferer("sun");
    stage.report("sun", new Sketch().off("Clouds.").nextPower(stage.now.plus(duration)));
    stage.attachUser("ann");
    RefereeEffect.Refuse refusal = Stage.refusal(stage.ask("ann", "r1"));
    assertThat(refusal.code()).isEqualTo(RefusalCode.NO_POWER);
    return refusal.retryAfterSeconds();
  }

  @Test
  void promisesAnInfererSoon_whileItLoadsTheModel() {
    Stage stage = Stage.settled();
    stage.attachInferer("sun");
    stage.report("sun", new Sketch().activation(Activation.WARMING));
    stage.attachUser("ann");

    RefereeEffect.Refuse refusal = Stage.refusal(stage.ask("ann", "r1"));

    assertThat(refusal.code()).isEqualTo(RefusalCode.NO_CAPACITY);
    assertThat(refusal.sentence()).contains("still loading");
    assertThat(refusal.retryAfterSeconds()).isEqualTo(10);
  }

  @Test
  void countsAnEarlierTimeAsTheLastOne() {
    Stage stage = Stage.settled();
    stage.sunny("sun", 1);
    stage.attachUser("ann");
    stage.now = stage.now.minus(Duration.ofHours(1));

    RefereeEffect.SendOffer offer =
        Stage.only(stage.ask("ann", "r1"), RefereeEffect.SendOffer.class).getFirst();

    assertThat(offer.expires()).isEqualTo(stage.now.plus(Duration.ofHours(1)).plusSeconds(3));
  }
}
