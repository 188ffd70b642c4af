// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.peermind.protocol.governance.BallotReveal;
import org.peermind.protocol.governance.Digest;

/// How an owner wants to vote, before it is known which candidates may be voted for. Its text form
/// says nothing of it.
///
/// @param ranks of proposals, smaller is better; those that are not named are not ranked
/// @param keep rank of `KEEP`
/// @param objections against proposals
public record BallotWish(Map<Digest, Integer> ranks, int keep, List<Objection> objections) {

  /// Why a candidate must not be adopted.
  public record Objection(Digest proposal, BallotReveal.Ground ground, String reason) {}

  public BallotWish {
    ranks = Map.copyOf(ranks);
    objections = List.copyOf(objections);
    if (keep < 1 || ranks.values().stream().anyMatch(rank -> rank < 1)) {
      throw new IllegalArgumentException("ranks begin at 1");
    }
  }

  /// A yes to one proposal.
  static BallotWish yes(Digest proposal) {
    return new BallotWish(Map.of(proposal, 1), 2, List.of());
  }

  /// The ranks of a ballot.
  ///
  /// @param options that may be voted for
  List<Integer> ranks(List<Digest> options) {
    List<Integer> all = new ArrayList<>();
    options.forEach(option -> all.add(ranks.getOrDefault(option, 0)));
    all.add(keep);
    return all;
  }

  List<BallotReveal.Objection> objections(List<Digest> options) {
    return objections.stream()
        .filter(one -> options.contains(one.proposal()))
        .map(
            one ->
                new BallotReveal.Objection(
                    options.indexOf(one.proposal()), one.ground(), one.reason()))
        .toList();
  }

  @Override
  public String toString() {
    return "a ballot";
  }
}
