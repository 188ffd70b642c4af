// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peermind.federated.round.Round;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.protocol.wire.RoundHead;
import org.peermind.voting.Governance;

/// A member's copy of the newest round: each message is verified before it is taken, and a round
/// that is not about what the ledger says is not followed. For one thread, but for [#round].
final class Following implements AutoCloseable {
  /// How often it asks by itself, once a step should be over.
  private static final Duration ASK_EVERY = Duration.ofSeconds(10);

  private static final Duration UNNAMED_KEPT = Duration.ofDays(1);

  private final MemberFiles files;
  private volatile @Nullable RoundLog log;

  /// The descriptor of the round that it does not follow yet.
  private @Nullable SignedEnvelope opening;

  /// A round that is wrong whatever the ledger says, as the aggregator named it.
  private ByteString refused = ByteString.EMPTY;

  private Instant askAgain = Instant.MIN;

  /// What there is to go on with.
  sealed interface Outcome {
    /// The round as far as it is known.
    ///
    /// @param isNew whether another was followed before
    record Known(Round round, boolean isNew) implements Outcome {}

    /// Nothing now.
    ///
    /// @param why for the owner, in a sentence
    record None(String why) implements Outcome {}

    /// Nothing any more: the aggregator said what does not belong into the round.
    record Broken(Round round, String sentence) implements Outcome {}
  }

  Following(MemberFiles files) {
    this.files = files;
  }

  /// The newest round that it follows.
  Optional<Round> round() {
    RoundLog present = log;
    return present == null ? Optional.empty() : Optional.of(present.round());
  }

  /// Brings the transcript up to what the referee has.
  Outcome follow(RoundPart link, Governance governance, Instant now)
      throws IOException, InterruptedException {
    RoundHead head = link.head();
    ByteString told = head.getRound();
    if (told.equals(refused)) {
      return new Outcome.None(
          "The aggregator's newest round is wrong, so this node takes no part.");
    }
    RoundLog present = log;
    boolean isNew = present == null || !isNamed(present.round().id(), told);
    if (present == null || isNew) {
      Optional<String> why = begin(link, told, governance, now);
      present = log;
      if (why.isPresent() || present == null) {
        return new Outcome.None(why.orElse("The round is not here."));
      }
    }
    int known = present.round().transcript().size();
    if (head.getLength() > known || isTimeToAsk(present.round(), now)) {
      // Empty when the referee is slow: it goes on with what is here.
      for (SignedEnvelope message : link.messages(told, known).orElse(List.of())) {
        if (present.take(message) instanceof Round.Outcome.Refused(String sentence, var _)) {
          refused = told;
          return new Outcome.Broken(present.round(), sentence);
        }
      }
    }
    return new Outcome.Known(present.round(), isNew);
  }

  /// The word that the round goes on may be lost; then a step lasts longer than it should.
  private boolean isTimeToAsk(Round round, Instant now) {
    boolean isOver = round.step() == Round.Step.CLOSED;
    if (isOver || now.isBefore(round.until()) || now.isBefore(askAgain)) {
      return false;
    }
    askAgain = now.plus(ASK_EVERY);
    return true;
  }

  private static boolean isNamed(Digest id, ByteString told) {
    return ByteString.copyFrom(id.toBytes()).equals(told);
  }

  /// Begins to follow a round, unless something speaks against it, which it answers. The ledger
  /// that says so may only be behind, so that the same descriptor is looked at again.
  private Optional<String> begin(
      RoundPart link, ByteString told, Governance governance, Instant now)
      throws IOException, InterruptedException {
    SignedEnvelope first = opening;
    if (first == null || !isNamed(Digest.of(first), told)) {
      Optional<List<SignedEnvelope>> messages = link.messages(told, 0);
      if (messages.isEmpty() || messages.get().isEmpty()) {
        return Optional.of("The referee did not say what the round is.");
      }
      first = messages.get().getFirst();
      if (!isNamed(Digest.of(first), told)) {
        refused = told;
        return Optional.of("The referee named another round than it gave.");
      }
      opening = first;
    }
    if (!(Round.begin(first) instanceof Round.Outcome.Accepted(Round round))) {
      refused = told;
      return Optional.of("It takes no part in the round: Its descriptor cannot be read.");
    }
    Optional<String> objection = Objections.against(round, governance);
    if (objection.isPresent()) {
      return objection.map(reason -> "It takes no part in the round: " + reason);
    }
    files.keepOnly(round.id());
    tidy(governance, now);
    RoundLog former = log;
    log = begun(files.transcript(round.id()), first);
    if (former != null) {
      former.close();
    }
    return Optional.empty();
  }

  /// The transcript is a copy: one that the disk changed is fetched again.
  private static RoundLog begun(Path transcript, SignedEnvelope first) throws IOException {
    try {
      return RoundLog.beginCopy(transcript, first);
    } catch (IOException damaged) {
      Files.deleteIfExists(transcript);
      return RoundLog.beginCopy(transcript, first);
    }
  }

  /// Deletes files of earlier rounds, but not the adapter in use nor the one before, to which the
  /// network may go back.
  private void tidy(Governance governance, Instant now) throws IOException {
    Set<Digest> needed = new HashSet<>();
    governance.checkpoint().flatMap(UpdateCheckpoint::adapter).ifPresent(needed::add);
    governance.checkpoint().flatMap(UpdateCheckpoint::former).ifPresent(needed::add);
    files.shelf().keepOnly(needed, now.minus(UNNAMED_KEPT));
  }

  @Override
  public void close() throws IOException {
    RoundLog present = log;
    if (present != null) {
      present.close();
    }
  }
}
