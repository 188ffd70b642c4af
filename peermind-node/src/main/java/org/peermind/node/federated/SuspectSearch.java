// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.federated.gate.Judgement;
import org.peermind.federated.gate.LeaveOneOut;
import org.peermind.federated.round.Round;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.federated.AdapterCheckpoint;
import org.peermind.protocol.federated.RoundClose;
import org.peermind.protocol.federated.Update;
import org.peermind.protocol.governance.Digest;

/// Looks for whose updates made a gate fail, when the owner asks ([Attribution]). It may take long,
/// so it goes on from the last trial after training, an evaluation or a night; a restart of the
/// node forgets it. What it finds stays with the owner.
final class SuspectSearch {
  /// After so many failures in a row it is given up.
  static final int FAILURES_MAX = 30;

  private final Path folder;
  private final Evaluating.Blobs blobs;
  private final Attribution attribution;

  /// The newest round that failed at its gate, of those that were followed.
  private @Nullable Round failed;

  /// The one that is searched.
  private @Nullable Round wanted;

  private @Nullable LeaveOneOut course;
  private State state = State.NONE;
  private String sentence = "";
  private int failures;

  /// How a search stands.
  enum State {
    /// Nobody asked.
    NONE,
    TRYING,
    DONE,
    GIVEN_UP
  }

  /// What the owner sees.
  ///
  /// @param round that is searched; empty when none is
  /// @param done trials
  /// @param most trials there may be; 0 while that is not known
  /// @param suspects groups of members without whose updates the gate passes here
  record Standing(
      State state,
      Optional<Round> round,
      int done,
      int most,
      List<List<NodeId>> suspects,
      String sentence) {}

  /// @param folder of the rounds
  SuspectSearch(Path folder, Evaluating.Blobs blobs, Attribution attribution) {
    this.folder = folder;
    this.blobs = blobs;
    this.attribution = attribution;
  }

  /// A round that is over for this node.
  synchronized void ended(Round round) {
    boolean isRefused =
        round.aggregate().isPresent()
            && round.end().filter(end -> end.end() == RoundClose.End.FAILED).isPresent();
    if (isRefused) {
      failed = round;
    }
  }

  /// Begins with the newest round that failed at its gate, unless that was done or is under way.
  ///
  /// @return whether there is one
  synchronized boolean want() {
    Round newest = failed;
    if (newest == null) {
      return false;
    }
    boolean isAnother = wanted == null || !wanted.id().equals(newest.id());
    if (isAnother) {
      wanted = newest;
      course = null;
    }
    if (isAnother || state == State.GIVEN_UP) {
      state = State.TRYING;
      failures = 0;
      sentence = "It begins when the node has nothing else to do in a round.";
    }
    return true;
  }

  /// The round to search now; empty when there is nothing to do.
  synchronized Optional<Round> due() {
    return state == State.TRYING ? Optional.ofNullable(wanted) : Optional.empty();
  }

  synchronized Standing standing() {
    return new Standing(
        state,
        Optional.ofNullable(wanted),
        course == null ? 0 : course.done(),
        course == null ? 0 : course.most(),
        course == null ? List.of() : course.suspects(),
        sentence);
  }

  /// Searches to the end, or until it is interrupted; then another call goes on.
  ///
  /// @throws IOException in a sentence when it cannot be tried here now
  void run(Round round) throws IOException, InterruptedException {
    fetch(round);
    Attribution.Left left = Attribution.Left.in(folder, round);
    Optional<LeaveOneOut> begun = begun(round, left);
    if (begun.isEmpty()) {
      return;
    }
    LeaveOneOut now = begun.get();
    while (now.next().isPresent()) {
      at(round, now);
      now = attribution.tried(left, now);
    }
    at(round, now);
    end(
        round,
        now.suspects().isEmpty()
            ? "The gate fails here whoever's update is left out, so nobody stands out."
            : "The gate passes here without the updates of the suspects. A suspect is no culprit:"
                + " an honest member with unusual texts looks the same.");
  }

  /// The course so far, or its beginning; empty when there is nothing to search.
  private Optional<LeaveOneOut> begun(Round round, Attribution.Left left)
      throws IOException, InterruptedException {
    synchronized (this) {
      if (course != null) {
        return Optional.of(course);
      }
      sentence = "It tries the update of all once more.";
    }
    Optional<LeaveOneOut> first = Attribution.course(left);
    if (first.isEmpty()) {
      end(round, "Fewer than two updates counted, so there is nobody to leave out.");
      return Optional.empty();
    }
    Judgement whole = attribution.whole(left);
    if (whole.hasPassed()) {
      end(round, "The update of all passes here, so this node has nobody to suspect.");
      return Optional.empty();
    }
    return first;
  }

  /// Brings what it needs to this node, from the referee when it is not here any more.
  private void fetch(Round round) throws IOException, InterruptedException {
    for (Update update : round.updates().values()) {
      fetched(update.vector(), "an update");
    }
    Optional<AdapterCheckpoint> before = round.descriptor().parent();
    if (before.isPresent()) {
      fetched(before.get().state(), "the state that the round began with");
      fetched(before.get().adapter(), "the adapter before it");
    }
    fetched(round.aggregate().orElseThrow().items(), "the gate's items");
  }

  private void fetched(Digest name, String what) throws IOException, InterruptedException {
    if (blobs.find(name).isEmpty()) {
      throw new IOException(
          "%s is neither on this node nor at the referee any more".formatted(what));
    }
  }

  private synchronized void at(Round round, LeaveOneOut now) {
    if (round.equals(wanted)) {
      course = now;
      failures = 0;
      sentence = "Trial %d of at most %d.".formatted(now.done() + 1, now.most());
    }
  }

  private synchronized void end(Round round, String said) {
    if (round.equals(wanted)) {
      state = State.DONE;
      sentence = said;
    }
  }

  /// It could not go on, and is tried again until it failed too often.
  synchronized void failed(String why) {
    failures++;
    boolean isTooOften = failures >= FAILURES_MAX;
    state = isTooOften ? State.GIVEN_UP : state;
    sentence =
        "%s: %s"
            .formatted(
                isTooOften ? "It was given up" : "It waits and tries again", Sentence.ended(why));
  }
}
