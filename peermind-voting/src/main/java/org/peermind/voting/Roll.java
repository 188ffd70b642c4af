// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Role;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Genesis;
import org.peermind.protocol.governance.KeyRotation;
import org.peermind.protocol.governance.Rules;
import org.peermind.protocol.governance.Vouch;

/// Who belongs to a network, and who may vote, at one position of its ledger. Immutable.
///
/// Members of the first record may vote at once. Later ones are vouched for by voters, wait, and
/// then vote only as far as the nodes that descend from any one inviter are at most a third of all
/// heads: whoever is beyond that stays a member, and the latest ones wait for the network to grow
/// elsewhere. Light users never vote, quarantined nodes not until their time is over. Keys rotate;
/// a member keeps its place.
public final class Roll {
  private static final int MEMBERS_MAX = 4_096;
  private static final int KEYS_OF_ONE_MAX = 256;
  private static final int VOUCHED_BY_ONE_MAX = 1_024;

  private final Rules rules;

  /// By the number of their place, which outlives their keys.
  private final List<Member> members;

  private final Map<NodeId, Integer> places;

  /// Places by keys that were replaced.
  private final Map<NodeId, Integer> retired;

  /// @param inviter place of the first who vouched; empty for members of the first record
  /// @param vouchers places of all who vouched
  /// @param admitted when enough had vouched
  private record Member(
      NodeId key,
      Role role,
      Optional<Integer> inviter,
      Set<Integer> vouchers,
      Optional<Instant> admitted,
      Instant quarantinedUntil) {
    Member {
      vouchers = Set.copyOf(vouchers);
    }
  }

  private Roll(Rules rules, List<Member> members, Map<NodeId, Integer> retired) {
    this.rules = rules;
    this.members = List.copyOf(members);
    this.retired = Map.copyOf(retired);
    Map<NodeId, Integer> byKey = new HashMap<>();
    for (int place = 0; place < members.size(); place++) {
      byKey.put(members.get(place).key(), place);
    }
    this.places = Map.copyOf(byKey);
  }

  /// The members of the first record, who are inferers.
  static Roll of(Genesis genesis) {
    List<Member> members = new ArrayList<>();
    for (NodeId node : genesis.members()) {
      members.add(
          new Member(
              node,
              Role.INFERER,
              Optional.empty(),
              Set.of(),
              Optional.of(Instant.EPOCH),
              Instant.EPOCH));
    }
    return new Roll(genesis.rules(), members, Map.of());
  }

  /// Whether a node belongs to the network, under its present key.
  public boolean isMember(NodeId node) {
    Optional<Member> member = member(node);
    return member.isPresent() && member.get().admitted().isPresent();
  }

  private Optional<Member> member(NodeId node) {
    return Optional.ofNullable(places.get(node)).map(members::get);
  }

  /// Whether a node may not vote at `at` because of proven misbehaviour.
  public boolean isQuarantined(NodeId node, Instant at) {
    return member(node).map(member -> at.isBefore(member.quarantinedUntil())).orElse(false);
  }

  boolean isQuarantined(int place, Instant at) {
    return at.isBefore(members.get(place).quarantinedUntil());
  }

  Roll after(Vouch vouch, NodeId author, Instant at) throws Refusal {
    Refusal.unless(voters(at).contains(author), "Only who may vote can vouch for a node.");
    Refusal.unless(
        !retired.containsKey(vouch.node()), "This key was replaced; vouch for the new one.");
    int voucher = place(author);
    List<Member> next = new ArrayList<>(members);
    Integer known = places.get(vouch.node());
    if (known == null) {
      Refusal.unless(members.size() < MEMBERS_MAX, "The roll is full.");
      long byOne = members.stream().filter(one -> one.vouchers().contains(voucher)).count();
      Refusal.unless(byOne < VOUCHED_BY_ONE_MAX, "One node vouches for 1024 others at most.");
      next.add(
          new Member(
              vouch.node(),
              vouch.role(),
              Optional.of(voucher),
              Set.of(voucher),
              rules.vouchers() == 1 ? Optional.of(at) : Optional.empty(),
              Instant.EPOCH));
    } else {
      Member member = members.get(known);
      Refusal.unless(member.admitted().isEmpty(), "This node belongs to the network already.");
      Refusal.unless(member.role() == vouch.role(), "Others vouched for it in another role.");
      Refusal.unless(!member.vouchers().contains(voucher), "You vouched for this node already.");
      Set<Integer> vouchers = new HashSet<>(member.vouchers());
      vouchers.add(voucher);
      next.set(
          known,
          new Member(
              member.key(),
              member.role(),
              member.inviter(),
              vouchers,
              vouchers.size() >= rules.vouchers() ? Optional.of(at) : Optional.empty(),
              Instant.EPOCH));
    }
    return new Roll(rules, next, retired);
  }

  Roll after(KeyRotation rotation, NodeId author) throws Refusal {
    Refusal.unless(isMember(author), "Only a member can go on under another key.");
    NodeId successor;
    try {
      successor = rotation.successorOf(author);
    } catch (ProtocolException malformed) {
      throw new Refusal("The new key did not agree: " + malformed.getMessage() + ".");
    }
    Refusal.unless(
        !places.containsKey(successor) && !retired.containsKey(successor),
        "The new key is or was another member's.");
    int place = place(author);
    Refusal.unless(
        retired.values().stream().filter(other -> other == place).count() < KEYS_OF_ONE_MAX,
        "You went on under 256 keys already.");
    Member member = members.get(place);
    List<Member> next = new ArrayList<>(members);
    next.set(
        place,
        new Member(
            successor,
            member.role(),
            member.inviter(),
            member.vouchers(),
            member.admitted(),
            member.quarantinedUntil()));
    Map<NodeId, Integer> replaced = new HashMap<>(retired);
    replaced.put(author, place);
    return new Roll(rules, next, replaced);
  }

  /// Takes the vote from a member for the time that the rules name.
  Roll quarantined(int place, Instant at) {
    Member member = members.get(place);
    List<Member> next = new ArrayList<>(members);
    next.set(
        place,
        new Member(
            member.key(),
            member.role(),
            member.inviter(),
            member.vouchers(),
            member.admitted(),
            at.plus(rules.quarantine())));
    return new Roll(rules, next, retired);
  }

  /// The number that a member keeps under all its keys.
  OptionalInt placeOf(NodeId node) {
    Integer place = places.get(node);
    return place == null ? OptionalInt.empty() : OptionalInt.of(place);
  }

  /// Likewise, of a key that was replaced.
  OptionalInt placeOfReplaced(NodeId node) {
    Integer place = retired.get(node);
    return place == null ? OptionalInt.empty() : OptionalInt.of(place);
  }

  /// The place of the first who vouched for a member; empty for those of the first record.
  OptionalInt inviterOf(int place) {
    return members.get(place).inviter().map(OptionalInt::of).orElseGet(OptionalInt::empty);
  }

  /// The present key of a place.
  Optional<NodeId> keyOf(int place) {
    return place >= 0 && place < members.size()
        ? Optional.of(members.get(place).key())
        : Optional.empty();
  }

  private int place(NodeId node) {
    Integer place = places.get(node);
    if (place == null) {
      throw new IllegalArgumentException("This node is not on the roll");
    }
    return place;
  }

  /// Who may vote at `at`, by the order of their places.
  public List<NodeId> voters(Instant at) {
    TreeMap<Integer, Member> voting = new TreeMap<>();
    for (int place = 0; place < members.size(); place++) {
      Member member = members.get(place);
      Duration wait = member.inviter().isEmpty() ? Duration.ZERO : rules.admissionWait();
      if (member.role() == Role.INFERER
          && member.admitted().isPresent()
          && !at.isBefore(member.admitted().get().plus(wait))
          && !at.isBefore(member.quarantinedUntil())) {
        voting.put(place, member);
      }
    }
    damp(voting);
    return voting.values().stream().map(Member::key).toList();
  }

  /// Takes the latest away as long as those who descend from one inviter are more than a third.
  private void damp(NavigableMap<Integer, Member> voting) {
    int[] descendants = new int[members.size()];
    voting.forEach((place, _) -> count(place, descendants, 1));
    boolean isChanged = true;
    while (isChanged) {
      isChanged = false;
      for (int place : List.copyOf(voting.descendingKeySet())) {
        if (isBeyondThird(place, descendants, voting.size())) {
          voting.remove(place);
          count(place, descendants, -1);
          isChanged = true;
        }
      }
    }
  }

  private void count(int place, int[] descendants, int change) {
    Optional<Integer> inviter = members.get(place).inviter();
    while (inviter.isPresent()) {
      descendants[inviter.get()] += change;
      inviter = members.get(inviter.get()).inviter();
    }
  }

  private boolean isBeyondThird(int place, int[] descendants, int heads) {
    Optional<Integer> inviter = members.get(place).inviter();
    while (inviter.isPresent()) {
      if (3L * descendants[inviter.get()] > heads) {
        return true;
      }
      inviter = members.get(inviter.get()).inviter();
    }
    return false;
  }

  /// A digest of who may vote at `at`, for certificates.
  public Digest digest(Instant at) {
    return digest(voters(at));
  }

  static Digest digest(List<NodeId> voters) {
    return Digest.over(voters.stream().sorted().map(NodeId::toBytes).toArray(byte[][]::new));
  }
}
