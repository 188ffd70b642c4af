// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.peermind.model.ModelStoreException;
import org.peermind.node.governance.LongWork.Failed;
import org.peermind.node.governance.NetworkLedger.Submitted;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Commit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Ready;
import org.peermind.protocol.governance.Sponsor;
import org.peermind.telemetry.LedgerEvent;
import org.peermind.telemetry.Reason;
import org.peermind.telemetry.Word;
import org.peermind.voting.Attendance;
import org.peermind.voting.Course;
import org.peermind.voting.Duty;
import org.peermind.voting.Governance;
import org.peermind.voting.Preference;

/// Does what a vote asks of this node, and says in one sentence what it does or waits for. One
/// thread uses it.
final class VoteHand {
  private static final int CANARIES = 20;

  /// Until the ledger shows what the writer accepted.
  private static final Duration SHOWN_AFTER = Duration.ofSeconds(15);

  private final Steward.Parts parts;
  private final Steward.Settings settings;
  private final Sealer sealer;
  private final LongWork work;
  private final Tries tries;
  private final Set<ModelHash> tried = ConcurrentHashMap.newKeySet();
  private final Map<String, Instant> wanted = new HashMap<>();

  VoteHand(
      Steward.Parts parts, Steward.Settings settings, Sealer sealer, LongWork work, Tries tries) {
    this.parts = parts;
    this.settings = settings;
    this.sealer = sealer;
    this.work = work;
    this.tries = tries;
  }

  private NodeId self() {
    return parts.identity().id();
  }

  /// Before a round of duties: what ended meanwhile is taken note of.
  void begin(Instant now) {
    work.takeEnded()
        .forEach(
            (name, failure) -> {
              if (failure.isPresent()) {
                Instant until = wanted.getOrDefault(name, now.plus(SHOWN_AFTER));
                tries.failed(name, now, until, failure.get());
              } else {
                tries.succeeded(name, now, SHOWN_AFTER);
              }
            });
    wanted.clear();
  }

  /// After a round: what nobody wants any more is broken off and forgotten.
  void end() {
    Set<String> names = new HashSet<>(wanted.keySet());
    work.keepOnly(names);
    tries.keepOnly(names);
  }

  /// @param asked proposals that the owner wants measured whatever the configuration says
  String fulfil(Duty duty, Governance governance, Instant now, Set<Digest> asked)
      throws InterruptedException {
    try {
      return switch (duty) {
        case Duty.Sponsor one -> sponsor(one, now);
        case Duty.Evaluate one -> evaluate(one, governance, now, asked);
        case Duty.OpenReport one ->
            open(one, Commit.Kind.EVALUATION, one.proposal(), one.commitment(), now);
        case Duty.Cast one -> cast(one, governance, now);
        case Duty.OpenBallot one ->
            open(one, Commit.Kind.BALLOT, one.vote(), one.commitment(), now);
        case Duty.SignalReady one -> ready(one, governance, now);
      };
    } catch (IOException unreadable) {
      return "This node cannot use its files: " + unreadable.getMessage() + ".";
    }
  }

  private String sponsor(Duty.Sponsor duty, Instant now) throws InterruptedException {
    if (!settings.sponsors()) {
      return "You may sponsor it: peermind vote sponsor %s.".formatted(duty.proposal().shortText());
    }
    if (parts.exchange().find(duty.candidate().ggufSha256()).isEmpty()) {
      return fetch(duty.candidate(), now, duty.until());
    }
    SignedEnvelope record = new Sponsor(duty.proposal()).sign(parts.identity());
    return submit("sponsor", duty.proposal(), duty, record, now);
  }

  private String evaluate(Duty.Evaluate duty, Governance governance, Instant now, Set<Digest> asked)
      throws IOException, InterruptedException {
    Optional<SignedEnvelope> sealed = sealer.reportCommit(duty.proposal());
    if (sealed.isPresent()) {
      return submit("report-sealed", duty.proposal(), duty, sealed.get(), now);
    }
    if (!settings.evaluates() && !asked.contains(duty.proposal())) {
      return "This node measures nothing (votes.evaluate is false); peermind model evaluate %s does."
          .formatted(duty.proposal().shortText());
    }
    if (parts.evaluation().isEmpty()) {
      return "This node has no engine of its own to measure a candidate with.";
    }
    Evaluation evaluation = parts.evaluation().get();
    return longWork(
        "evaluate " + duty.proposal().hex(),
        "Measuring " + duty.candidate().name(),
        now,
        duty.until(),
        progress -> measure(evaluation, duty, governance, progress));
  }

  private void measure(
      Evaluation evaluation, Duty.Evaluate duty, Governance governance, Consumer<String> progress)
      throws Failed, InterruptedException {
    Path candidate = fetched(duty.candidate(), progress);
    ModelHash model = duty.candidate().ggufSha256();
    // A network without a model compares the first one with itself.
    ModelHash incumbent = duty.incumbent().orElse(model);
    Path former = duty.incumbent().isPresent() ? file(incumbent, governance, progress) : candidate;
    Duration within =
        Duration.between(parts.ledger().now(), duty.until()).multipliedBy(9).dividedBy(10);
    if (!within.isPositive()) {
      throw new Failed("No time is left to measure it.");
    }
    int items = governance.rules().items();
    try {
      Evaluation.Measured measured =
          evaluation.measure(
              new Evaluation.Task(
                  former,
                  incumbent,
                  candidate,
                  model,
                  duty.itemSeed(),
                  governance.rules().suite(),
                  items,
                  within,
                  duty.turn(),
                  duty.turns()),
              at -> progress.accept("%s, %.0f %%".formatted(at.step(), 100 * at.fraction())));
      if (measured.items() != items) {
        throw new Failed(
            "Only %d of %d questions could be asked.".formatted(measured.items(), items));
      }
      sealer.keepReport(duty, measured);
    } catch (Evaluation.EvaluationFailed failed) {
      throw new Failed(String.valueOf(failed.getMessage()), failed);
    } catch (IOException unwritable) {
      throw new Failed("The report cannot be kept: " + unwritable.getMessage() + ".", unwritable);
    }
  }

  private Path fetched(Proposal.Candidate candidate, Consumer<String> progress)
      throws Failed, InterruptedException {
    Optional<Path> here = parts.exchange().find(candidate.ggufSha256());
    if (here.isPresent()) {
      return here.get();
    }
    progress.accept("fetching the file");
    try {
      return parts.exchange().fetch(candidate, _ -> {});
    } catch (ModelStoreException missing) {
      throw new Failed(String.valueOf(missing.getMessage()), missing);
    }
  }

  private Path file(ModelHash model, Governance governance, Consumer<String> progress)
      throws Failed, InterruptedException {
    Optional<Path> here = parts.exchange().find(model);
    if (here.isPresent()) {
      return here.get();
    }
    Proposal.Candidate known =
        governance
            .candidate(model)
            .orElseThrow(
                () ->
                    new Failed(
                        "The model in use (%s) is not in this node's store; import its file."
                            .formatted(model.shortText())));
    return fetched(known, progress);
  }

  private String cast(Duty.Cast duty, Governance governance, Instant now)
      throws IOException, InterruptedException {
    Optional<BallotWish> own = parts.wishes().ballot(duty.vote());
    if (own.isPresent()) {
      return seal(duty.vote(), options(duty), own.get(), Optional.empty(), now, duty.until());
    }
    Optional<Preference> preference = parts.wishes().preference();
    if (preference.isEmpty()) {
      return "It waits for your vote: peermind vote cast %s yes|no, or a ranking."
          .formatted(duty.vote().shortText());
    }
    BallotWish preferred = preferred(preference.get(), duty);
    Instant at = duty.until().minus(governance.rules().voting().dividedBy(3));
    if (now.isBefore(at)) {
      return "At %s it votes as you prefer (%s), unless you vote before."
          .formatted(at, words(preferred, duty.options()));
    }
    return seal(duty.vote(), options(duty), preferred, Optional.empty(), now, duty.until());
  }

  private static List<Digest> options(Duty.Cast duty) {
    return duty.options().stream().map(Duty.Option::proposal).toList();
  }

  /// What a standing preference makes of the options.
  static BallotWish preferred(Preference preference, Duty.Cast duty) {
    List<Integer> ranks = choice(preference, duty.options()).ranks();
    Map<Digest, Integer> named = new HashMap<>();
    for (int option = 0; option < duty.options().size(); option++) {
      if (ranks.get(option) > 0) {
        named.put(duty.options().get(option).proposal(), ranks.get(option));
      }
    }
    return new BallotWish(named, ranks.getLast(), List.of());
  }

  static Preference.Choice choice(Preference preference, List<Duty.Option> options) {
    return preference.choice(
        options.stream()
            .map(
                one ->
                    new Preference.Option(
                        one.candidate().name(),
                        one.candidate().licence(),
                        one.measured().vramMib(),
                        one.measured().energy().map(energy -> energy.median()).orElse(0)))
            .toList());
  }

  /// A ballot as its owner would write it.
  static String words(BallotWish ballot, List<Duty.Option> options) {
    Map<String, Integer> ranks = new HashMap<>();
    options.forEach(
        one -> {
          Integer rank = ballot.ranks().get(one.proposal());
          if (rank != null) {
            ranks.put(one.candidate().name(), rank);
          }
        });
    ranks.put(BallotText.KEEP, ballot.keep());
    return BallotText.words(ranks);
  }

  /// Seals another ballot where the owner wants another one than what is sealed.
  Optional<String> recast(Digest vote, Governance governance, Instant now)
      throws InterruptedException {
    Optional<BallotWish> own = parts.wishes().ballot(vote);
    if (own.isEmpty()) {
      return Optional.empty();
    }
    Optional<Course> course = governance.course(vote, now);
    if (course.isEmpty() || course.get().step() != Course.Step.VOTING) {
      return Optional.empty();
    }
    Optional<Commit> sealed =
        Attendance.of(governance, vote, now).map(there -> there.ballots().get(self()));
    if (sealed.isEmpty()) {
      return Optional.empty();
    }
    List<Digest> options = course.get().view().options();
    try {
      Sealer.Ballot ballot = sealer.ballot(vote, options, own.get(), sealed);
      if (ballot.sequence() == sealed.get().sequence()) {
        return Optional.empty();
      }
      return Optional.of(seal(vote, options, own.get(), sealed, now, course.get().deadline()));
    } catch (IOException unwritable) {
      return Optional.of("The ballot cannot be kept: " + unwritable.getMessage() + ".");
    }
  }

  private String seal(
      Digest vote,
      List<Digest> options,
      BallotWish wish,
      Optional<Commit> sealed,
      Instant now,
      Instant until)
      throws IOException, InterruptedException {
    Sealer.Ballot ballot = sealer.ballot(vote, options, wish, sealed);
    return submit(
        "ballot-sealed",
        Digest.of(ballot.record()),
        vote,
        until,
        ballot.commit(vote, parts.identity()),
        now);
  }

  private String open(Duty duty, Commit.Kind kind, Digest proposal, Digest commitment, Instant now)
      throws IOException, InterruptedException {
    Optional<SignedEnvelope> sealed = parts.sealed().find(kind, proposal, commitment);
    return sealed.isEmpty()
        ? "What this node sealed is not in its folder any more, so it cannot be opened."
        : submit(
            kind == Commit.Kind.BALLOT ? "ballot-opened" : "report-opened",
            commitment,
            duty,
            sealed.get(),
            now);
  }

  private String ready(Duty.SignalReady duty, Governance governance, Instant now)
      throws InterruptedException {
    ModelHash model = duty.candidate().ggufSha256();
    if (!settings.follows() || parts.canaries().isEmpty()) {
      return "This node does not change its model with the network (votes.follow).";
    }
    if (!tried.contains(model)) {
      CanaryRun canaries = parts.canaries().get();
      return longWork(
          "try " + duty.proposal().hex(),
          "Fetching and trying " + duty.candidate().name(),
          now,
          duty.until(),
          progress -> tryOut(canaries, duty, governance, progress));
    }
    SignedEnvelope record = new Ready(duty.proposal(), model).sign(parts.identity());
    return submit("ready", duty.proposal(), duty, record, now);
  }

  private void tryOut(
      CanaryRun canaries, Duty.SignalReady duty, Governance governance, Consumer<String> progress)
      throws Failed, InterruptedException {
    Path file = fetched(duty.candidate(), progress);
    ModelHash model = duty.candidate().ggufSha256();
    progress.accept("asking %d questions".formatted(CANARIES));
    try {
      ServedModel served = parts.models().served(file, model, Optional.of(duty.candidate()));
      Digest seed = Digest.over(duty.proposal().toBytes(), self().toBytes());
      CanaryRun.Outcome outcome =
          canaries.run(file, served, seed, governance.rules().suite(), CANARIES);
      int permille =
          governance
              .course(duty.vote(), parts.ledger().now())
              .flatMap(course -> course.aggregation(duty.proposal()))
              .map(found -> found.accuracyPermille())
              .orElse(0);
      if (isFarBelow(outcome, permille)) {
        throw new Failed(
            "It answered %d of %d questions rightly here, far below what was measured (%.1f %%)."
                .formatted(outcome.right(), outcome.asked(), permille / 10.0));
      }
      tried.add(model);
    } catch (Evaluation.EvaluationFailed failed) {
      throw new Failed(String.valueOf(failed.getMessage()), failed);
    } catch (IOException refused) {
      throw new Failed(String.valueOf(refused.getMessage()), refused);
    }
  }

  /// By more than three standard deviations.
  static boolean isFarBelow(CanaryRun.Outcome outcome, int permille) {
    double share = permille / 1_000.0;
    double expected = outcome.asked() * share;
    double deviation = Math.sqrt(expected * (1 - share));
    return outcome.asked() == 0 || outcome.right() < expected - 3 * deviation - 1;
  }

  /// Fetches a model for later.
  String fetch(Proposal.Candidate candidate, Instant now, Instant until) {
    return longWork(
        "fetch " + candidate.ggufSha256().hex(),
        "Fetching " + candidate.name(),
        now,
        until,
        progress -> fetched(candidate, progress));
  }

  private String longWork(
      String name, String doing, Instant now, Instant until, LongWork.Piece piece) {
    wanted.put(name, until);
    Optional<String> progress = work.progress(name);
    if (progress.isPresent()) {
      return "%s: %s.".formatted(doing, progress.get());
    }
    if (!tries.isDue(name, now)) {
      return tries.failure(name).map(why -> why + " It is tried again.").orElse(doing + ".");
    }
    if (work.begin(name, piece)) {
      return doing + ".";
    }
    return doing + " begins after other work of this node.";
  }

  private String submit(String what, Digest about, Duty duty, SignedEnvelope record, Instant now)
      throws InterruptedException {
    return submit(what, about, duty.vote(), duty.until(), record, now);
  }

  private String submit(
      String what, Digest about, Digest vote, Instant until, SignedEnvelope record, Instant now)
      throws InterruptedException {
    String name = what + " " + about.hex();
    wanted.put(name, until);
    if (!tries.isDue(name, now)) {
      return tries.failure(name).orElse("It is on its way into the ledger: " + what + ".");
    }
    return switch (parts.ledger().submit(record)) {
      case Submitted.Accepted(long index) -> {
        tries.succeeded(name, now, SHOWN_AFTER);
        tell(what, vote, "written as entry %d of the ledger".formatted(index));
        yield "It is in the ledger: " + what + ".";
      }
      case Submitted.Refused(String reason) -> {
        tries.failed(name, now, until, "The ledger refused it: " + reason);
        tell(what, vote, "the ledger refused it; see peermind vote status");
        yield "The ledger refused it: " + reason;
      }
      case Submitted.Unknown(String reason) -> {
        tries.failed(name, now, until, reason);
        yield reason;
      }
    };
  }

  private void tell(String what, Digest vote, String sentence) {
    parts
        .events()
        .record(
            new LedgerEvent.VoteStep(
                new Word(what), new Word(vote.shortText()), Reason.of(what + ": " + sentence)));
  }
}
