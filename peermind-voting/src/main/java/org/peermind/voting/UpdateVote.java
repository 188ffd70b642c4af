// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateCheckpoint;

/// A vote on a federated update that passed its gate, in a network whose rules ask for one. Voters
/// are those of the moment when the update was put forward, each with one voice; ballots are open,
/// and the last one of a voter counts.
///
/// It is over as soon as more than half of all accepted it, or no more than half still can. At its
/// deadline it is accepted when more accepted than refused it, and at least as many as a change of
/// the model asks for ([DoubleMajority#supportersAsked]). Immutable; a pure function of the ledger.
///
/// @param id name of the record that put it forward
/// @param update what is in use if it is accepted
/// @param since when it was put forward
/// @param until when ballots are refused
/// @param voters places on the roll
/// @param voices of those who voted
/// @param isInForce whether the update came into use, which it does once
public record UpdateVote(
    Digest id,
    UpdateCheckpoint update,
    Instant since,
    Instant until,
    List<Integer> voters,
    Map<Integer, Voice> voices,
    boolean isInForce) {
  /// How often a voter may change its mind.
  private static final int BALLOTS_MAX = 8;

  /// What a voter said last.
  ///
  /// @param ballots how many it gave so far
  public record Voice(boolean accept, String reason, int ballots) {}

  /// Where a vote stands.
  public enum Standing {
    OPEN,
    ACCEPTED,
    REJECTED
  }

  public UpdateVote {
    voters = List.copyOf(voters);
    voices = Map.copyOf(voices);
  }

  UpdateVote after(int place, boolean accept, String reason, Instant at) throws Refusal {
    Refusal.unless(voters.contains(place), "The author had no vote when this update came.");
    Refusal.unless(standing(at) == Standing.OPEN, "The vote on this update is over.");
    Voice former = voices.get(place);
    int ballots = former == null ? 0 : former.ballots();
    Refusal.unless(
        former == null || former.accept() != accept, "The author's last ballot says the same.");
    Refusal.unless(ballots < BALLOTS_MAX, "The author changed its ballot often enough.");
    Map<Integer, Voice> more = new HashMap<>(voices);
    more.put(place, new Voice(accept, reason, ballots + 1));
    return new UpdateVote(id, update, since, until, voters, more, isInForce);
  }

  UpdateVote inForce() {
    return new UpdateVote(id, update, since, until, voters, voices, true);
  }

  /// How many accepted it.
  public int accepting() {
    return (int) voices.values().stream().filter(Voice::accept).count();
  }

  /// How many refused it.
  public int refusing() {
    return voices.size() - accepting();
  }

  /// How many must accept it, if it comes to the deadline.
  public int supportersAsked() {
    return DoubleMajority.supportersAsked(voters.size());
  }

  /// As it stands at `now`, which is not before the last entry.
  public Standing standing(Instant now) {
    if (2 * accepting() > voters.size()) {
      return Standing.ACCEPTED;
    }
    if (2 * refusing() >= voters.size()) {
      return Standing.REJECTED;
    }
    if (now.isBefore(until)) {
      return Standing.OPEN;
    }
    return accepting() > refusing() && accepting() >= supportersAsked()
        ? Standing.ACCEPTED
        : Standing.REJECTED;
  }

  /// The same in a sentence, for people.
  public String sentence(Instant now) {
    String counted =
        "%d of %d voters accepted the update of round %d, %d refused it"
            .formatted(accepting(), voters.size(), update.number(), refusing());
    return switch (standing(now)) {
      case OPEN -> counted + "; they have until " + until + ".";
      case ACCEPTED -> counted + "; it is adopted.";
      case REJECTED -> counted + "; it is not adopted.";
    };
  }

  /// What a voter said, by its key.
  public Optional<Voice> voiceOf(NodeId voter, Roll roll) {
    OptionalInt place = roll.placeOf(voter);
    return place.isPresent() ? Optional.ofNullable(voices.get(place.getAsInt())) : Optional.empty();
  }

  /// Whether a key has a vote.
  public boolean isVoter(NodeId node, Roll roll) {
    return roll.placeOf(node).stream().anyMatch(voters::contains);
  }
}
