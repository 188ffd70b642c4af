// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Commit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Misbehaviour;

/// What voters sealed and opened in one step of a vote, by their places on the roll. One thing a
/// voter; what is sealed and not opened was never said. Immutable; what did not change is shared.
///
/// Two voters may seal the same commitment: a copy can never be opened, as a commitment names its
/// author, and refusing the later one would let a thief who is faster silence the author.
final class SealedBox<R> {
  private final SortedMap<Integer, Sealed> commits;
  private final SortedMap<Integer, R> opened;
  private final SortedMap<Integer, Boolean> voided;

  private record Sealed(Commit commit, SignedEnvelope envelope) {}

  SealedBox() {
    this(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
  }

  private SealedBox(
      SortedMap<Integer, Sealed> commits,
      SortedMap<Integer, R> opened,
      SortedMap<Integer, Boolean> voided) {
    this.commits = commits;
    this.opened = opened;
    this.voided = voided;
  }

  private static <V> SortedMap<Integer, V> with(SortedMap<Integer, V> map, int place, V value) {
    SortedMap<Integer, V> next = new TreeMap<>(map);
    next.put(place, value);
    return next;
  }

  private static <V> SortedMap<Integer, V> without(SortedMap<Integer, V> map, int place) {
    SortedMap<Integer, V> next = new TreeMap<>(map);
    next.remove(place);
    return next;
  }

  SealedBox<R> sealed(int place, Commit commit, SignedEnvelope envelope, Digest genesis)
      throws Refusal {
    Refusal.unless(!voided.containsKey(place), "You sealed two things, so neither counts.");
    Sealed earlier = commits.get(place);
    if (earlier != null) {
      if (earlier.commit().contradicts(commit)
          && earlier.envelope().signer().equals(envelope.signer())) {
        throw new Refusal(
            "You sealed something else under this number: neither counts.",
            Optional.of(new Misbehaviour(genesis, earlier.envelope(), envelope)));
      }
      Refusal.unless(!earlier.commit().equals(commit), "You sealed this already.");
      Refusal.unless(
          commit.sequence() > earlier.commit().sequence(),
          "A later one of yours is sealed already.");
    }
    return new SealedBox<>(with(commits, place, new Sealed(commit, envelope)), opened, voided);
  }

  SealedBox<R> opened(int place, long sequence, Digest name, R revealed) throws Refusal {
    Refusal.unless(!voided.containsKey(place), "You sealed two things, so neither counts.");
    Sealed sealed = commits.get(place);
    if (sealed == null) {
      throw new Refusal("You sealed nothing in time.");
    }
    Refusal.unless(!opened.containsKey(place), "You opened it already.");
    Refusal.unless(
        sealed.commit().sequence() == sequence && sealed.commit().commitment().equals(name),
        "This is not what you sealed.");
    return new SealedBox<>(commits, with(opened, place, revealed), voided);
  }

  /// Takes everything of one voter out, for good.
  SealedBox<R> voided(int place) {
    return new SealedBox<>(
        without(commits, place), without(opened, place), with(voided, place, true));
  }

  /// Whether a voter may still seal something and did not yet.
  boolean isOpenFor(int place) {
    return !commits.containsKey(place) && !voided.containsKey(place);
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

  /// What each voter sealed last, by place.
  Map<Integer, Commit> commits() {
    Map<Integer, Commit> last = new TreeMap<>();
    commits.forEach((place, box) -> last.put(place, box.commit()));
    return last;
  }

  int sealedCount() {
    return commits.size();
  }
}
