// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Commit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Misbehaviour;

/// What voters sealed and opened in one step of a vote, by their places on the roll. One thing a
/// voter; what is sealed and not opened was never said.
final class SealedBox<R> {
  private final Map<Integer, Sealed> commits = new TreeMap<>();
  private final Map<Integer, R> opened = new TreeMap<>();
  private final Set<Integer> voided = new HashSet<>();

  private record Sealed(Commit commit, SignedEnvelope envelope) {}

  SealedBox<R> copy() {
    SealedBox<R> copy = new SealedBox<>();
    copy.commits.putAll(commits);
    copy.opened.putAll(opened);
    copy.voided.addAll(voided);
    return copy;
  }

  void seal(int place, Commit commit, SignedEnvelope envelope, Digest genesis) throws Refusal {
    Refusal.unless(!voided.contains(place), "You sealed two things, so neither counts.");
    for (Map.Entry<Integer, Sealed> other : commits.entrySet()) {
      Refusal.unless(
          other.getKey() == place
              || !other.getValue().commit().commitment().equals(commit.commitment()),
          "This commitment is another voter's.");
    }
    Sealed earlier = commits.get(place);
    if (earlier != null) {
      if (earlier.commit().contradicts(commit)
          && earlier.envelope().signer().equals(envelope.signer())) {
        throw new Refusal(
            "You sealed something else under this number: neither counts.",
            Optional.of(new Misbehaviour(genesis, earlier.envelope(), envelope)));
      }
      Refusal.unless(
          commit.sequence() > earlier.commit().sequence(),
          "A later one of yours is sealed already.");
    }
    commits.put(place, new Sealed(commit, envelope));
  }

  void open(int place, long sequence, Digest name, R revealed) throws Refusal {
    Refusal.unless(!voided.contains(place), "You sealed two things, so neither counts.");
    Sealed sealed = commits.get(place);
    if (sealed == null) {
      throw new Refusal("You sealed nothing in time.");
    }
    Refusal.unless(!opened.containsKey(place), "You opened it already.");
    Refusal.unless(
        sealed.commit().sequence() == sequence && sealed.commit().commitment().equals(name),
        "This is not what you sealed.");
    opened.put(place, revealed);
  }

  /// Takes everything of one voter out, for good.
  void voided(int place) {
    commits.remove(place);
    opened.remove(place);
    voided.add(place);
  }

  /// Whether a voter may still seal something and did not yet.
  boolean isOpenFor(int place) {
    return !commits.containsKey(place) && !voided.contains(place);
  }

  /// What a voter sealed last and did not open.
  Optional<Commit> unopened(int place) {
    return opened.containsKey(place)
        ? Optional.empty()
        : Optional.ofNullable(commits.get(place)).map(Sealed::commit);
  }

  /// By place.
  Map<Integer, R> opened() {
    return opened;
  }

  int sealedCount() {
    return commits.size();
  }
}
