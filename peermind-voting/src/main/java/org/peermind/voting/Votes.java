// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Proposal;

/// The votes of a network. Immutable; a [Change] makes the next, which shares what did not change,
/// so that an entry costs the vote that it is about and not all that ever were.
final class Votes {
  static final Votes NONE = new Votes(Map.of(), Map.of(), Map.of(), Map.of());

  /// Ended votes that are remembered; of more the oldest are forgotten, first those that adopted
  /// nothing.
  static final int ENDED_MAX = 1_024;

  private static final int PROPOSALS_MAX = 32_768;

  private final Map<Digest, Course> open;
  private final Map<Digest, Course> ended;

  /// The vote that a proposal belongs or belonged to.
  private final Map<Digest, Digest> names;

  /// Until when those wait whose proposals failed, by their places.
  private final Map<Integer, Instant> waits;

  private Votes(
      Map<Digest, Course> open,
      Map<Digest, Course> ended,
      Map<Digest, Digest> names,
      Map<Integer, Instant> waits) {
    this.open = open;
    this.ended = ended;
    this.names = names;
    this.waits = waits;
  }

  Set<Digest> ids() {
    Set<Digest> ids = new TreeSet<>(open.keySet());
    ids.addAll(ended.keySet());
    return ids;
  }

  /// The vote of a proposal as the last entry left it; empty also once it is forgotten.
  Optional<Course> ofProposal(Digest proposal) {
    Digest vote = names.get(proposal);
    return vote == null
        ? Optional.empty()
        : Optional.ofNullable(open.get(vote)).or(() -> Optional.ofNullable(ended.get(vote)));
  }

  Optional<Proposal> proposal(Digest proposal) {
    return ofProposal(proposal).flatMap(course -> course.proposal(proposal));
  }

  /// What the vote said of a model that it adopted; of another, what somebody said.
  Optional<Proposal.Candidate> candidate(ModelHash model) {
    return adopted(ended, model).or(() -> proposed(model));
  }

  private static Optional<Proposal.Candidate> adopted(Map<Digest, Course> ended, ModelHash model) {
    return ended.values().stream()
        .filter(course -> course.step() == Course.Step.DONE)
        .filter(course -> course.model().equals(Optional.of(model)))
        .flatMap(course -> course.winner().flatMap(course::proposal).stream())
        .map(Proposal::candidate)
        .findFirst();
  }

  private Optional<Proposal.Candidate> proposed(ModelHash model) {
    return Stream.concat(open.values().stream(), ended.values().stream())
        .flatMap(course -> course.order().stream().flatMap(one -> course.proposal(one).stream()))
        .map(Proposal::candidate)
        .filter(one -> one.ggufSha256().equals(model))
        .findFirst();
  }

  /// What becomes of the votes by one entry, at its time.
  static final class Change {
    private final Votes before;
    private final Duration failedWait;

    /// Those that go on, in their state at the entry's time.
    private Map<Digest, Course> open;

    private Map<Digest, Course> ended;
    private Map<Digest, Digest> names;
    private Map<Integer, Instant> waits;

    /// @param failedWait how long those wait whose proposals fail
    Change(Votes before, Instant now, Duration failedWait) {
      this.before = before;
      this.failedWait = failedWait;
      open = before.open;
      ended = before.ended;
      names = before.names;
      waits = before.waits;
      for (Course course : before.open.values()) {
        if (!now.isBefore(course.deadline())) {
          put(course.at(now));
        }
      }
    }

    private void put(Course course) {
      Course earlier = before.open.get(course.id());
      if (earlier == null || !earlier.failed().equals(course.failed())) {
        waits = new HashMap<>(waits);
        course
            .failed()
            .forEach(
                (place, at) ->
                    waits.merge(
                        place,
                        at.plus(failedWait),
                        (one, other) -> one.isAfter(other) ? one : other));
      }
      open = new HashMap<>(open);
      if (course.step().isEnd()) {
        open.remove(course.id());
        ended = new LinkedHashMap<>(ended);
        ended.put(course.id(), course);
        forget();
      } else {
        open.put(course.id(), course);
      }
    }

    private void forget() {
      while (ended.size() > ENDED_MAX) {
        Digest oldest =
            ended.values().stream()
                .filter(course -> course.step() != Course.Step.DONE)
                .findFirst()
                .map(Course::id)
                .orElseGet(() -> ended.keySet().iterator().next());
        ended.remove(oldest);
      }
    }

    Collection<Course> open() {
      return open.values();
    }

    boolean isKnown(Digest proposal) {
      return names.containsKey(proposal);
    }

    Optional<Proposal.Candidate> adopted(ModelHash model) {
      return Votes.adopted(ended, model);
    }

    /// Until when a proposer waits.
    Instant wait(int place) {
      return waits.getOrDefault(place, Instant.EPOCH);
    }

    /// A copy of the vote that a proposal is in; give it back to [#changed].
    Course ofProposal(Digest proposal) throws Refusal {
      Digest vote = names.get(proposal);
      Course course = vote == null ? null : open.getOrDefault(vote, ended.get(vote));
      if (course == null || course.proposal(proposal).isEmpty()) {
        throw new Refusal("There is no such proposal.");
      }
      return course.copy();
    }

    /// Adds a proposal to `course`, which may be new.
    void proposed(Digest proposal, Course course) throws Refusal {
      Refusal.unless(names.size() < PROPOSALS_MAX, "The network has decided all it can.");
      names = new HashMap<>(names);
      names.put(proposal, course.id());
      changed(course);
    }

    void changed(Course course) {
      put(course);
    }

    /// Changes all that are not decided and that `which` names.
    void each(Predicate<Course> which, Consumer<Course> change) {
      for (Course course : List.copyOf(open.values())) {
        if (which.test(course)) {
          Course copy = course.copy();
          change.accept(copy);
          put(copy);
        }
      }
    }

    Votes done() {
      return new Votes(open, ended, names, waits);
    }
  }
}
