// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.NodeId;

/// The ratio of users to inferers (spec section 7) as leased slots: each active inferer carries a
/// fixed number of users, and a user beyond them is not admitted.
///
/// A lease lasts while its user asks or has an answer running. When its inferer is no longer active
/// it moves to another one with room, or else lapses. While others wait for a slot, those that have
/// held theirs longest, and for a whole lease at least, have to hand it on: they are not admitted
/// again, and their leases end once they are idle. No lease ends an answer that runs. There are
/// never more leases than slots.
final class UserSlots {
  /// How far the clocks of two referees may be apart.
  private static final Duration CLOCK_ERROR_MAX = Duration.ofMinutes(2);

  private final int slotsPerInferer;
  private final Duration leaseDuration;
  private final Map<NodeId, Host> hosts = new HashMap<>();
  private final TreeSet<Host> hostsByRoom = new TreeSet<>();

  /// By user; the one that lapses first comes first, since all leases last equally long.
  private final LinkedHashMap<NodeId, Lease> leases = new LinkedHashMap<>();

  /// Users with a lease, the one that has held it longest first.
  private final LinkedHashSet<NodeId> byTenure = new LinkedHashSet<>();

  /// Users that have to hand their slots on.
  private final Set<NodeId> due = new HashSet<>();

  private long openings;

  /// An active inferer and how many users it carries.
  private record Host(NodeId inferer, int users) implements Comparable<Host> {
    @Override
    public int compareTo(Host other) {
      int byUsers = Integer.compare(users, other.users);
      return byUsers != 0 ? byUsers : inferer.compareTo(other.inferer);
    }
  }

  /// @param since when the user got the slot
  /// @param provisional until the user's first assignment
  private record Lease(NodeId inferer, Instant since, Instant until, boolean provisional) {}

  UserSlots(int slotsPerInferer, Duration leaseDuration) {
    this.slotsPerInferer = slotsPerInferer;
    this.leaseDuration = leaseDuration;
  }

  void activate(NodeId inferer) {
    if (!hosts.containsKey(inferer)) {
      openings++;
      putHost(new Host(inferer, 0));
    }
  }

  /// Moves the leases of an inferer elsewhere, users with a running answer first, then those that
  /// asked last.
  void deactivate(NodeId inferer, Predicate<NodeId> hasAnswerRunning) {
    Host left = hosts.remove(inferer);
    if (left == null) {
      return;
    }
    hostsByRoom.remove(left);
    List<NodeId> users = new ArrayList<>();
    leases.forEach(
        (user, lease) -> {
          if (lease.inferer.equals(inferer)) {
            users.addFirst(user);
          }
        });
    users.sort(Comparator.comparing(user -> !hasAnswerRunning.test(user)));
    for (NodeId user : users) {
      Optional<NodeId> next = roomiest();
      if (next.isEmpty()) {
        leases.remove(user);
        forget(user);
      } else {
        changeUsers(next.get(), 1);
        leases.computeIfPresent(
            user, (_, lease) -> new Lease(next.get(), lease.since, lease.until, lease.provisional));
      }
    }
  }

  /// Gives a user a slot for a request, or lets it keep the one that it has.
  ///
  /// @return whether the user holds a slot now
  boolean admit(NodeId user, Instant now) {
    Lease held = leases.get(user);
    if (held != null) {
      if (due.contains(user)) {
        return false;
      }
      renew(user, held, now);
      return true;
    }
    Optional<NodeId> inferer = roomiest();
    inferer.ifPresent(host -> grant(user, host, now));
    return inferer.isPresent();
  }

  /// Gives a user without a slot one if there is any; a lease that it has is left as it is.
  void keepOrAdmit(NodeId user, Instant now) {
    if (!leases.containsKey(user)) {
      roomiest().ifPresent(host -> grant(user, host, now));
    }
  }

  /// Whether [#admit] would give the user a slot or let it keep its own.
  boolean hasRoomFor(NodeId user) {
    return leases.containsKey(user) ? !due.contains(user) : roomiest().isPresent();
  }

  /// Whether a lease that a user showed is in time and of an inferer that is active here.
  boolean counts(RefereeInput.Lease lease, Instant now) {
    return now.isBefore(lease.until())
        && !lease.until().isAfter(now.plus(leaseDuration).plus(CLOCK_ERROR_MAX))
        && hosts.containsKey(lease.inferer());
  }

  /// Gives a user that holds no slot one of the inferer that another referee leased to it, if it
  /// has a free one.
  void honour(NodeId user, RefereeInput.Lease lease, Instant now) {
    Host host = hosts.get(lease.inferer());
    if (counts(lease, now)
        && host != null
        && host.users < slotsPerInferer
        && !leases.containsKey(user)) {
      grant(user, host.inferer, now);
    }
  }

  private void grant(NodeId user, NodeId inferer, Instant now) {
    changeUsers(inferer, 1);
    leases.putLast(user, new Lease(inferer, now, now.plus(leaseDuration), true));
    byTenure.addLast(user);
  }

  /// The slot that a user holds.
  Optional<RefereeInput.Lease> leaseOf(NodeId user) {
    return Optional.ofNullable(leases.get(user))
        .map(held -> new RefereeInput.Lease(held.inferer, held.until));
  }

  /// Says how many users without a slot wait for one, so that as many of those that have held
  /// theirs longest hand it on.
  void turnOver(int usersWaiting, Instant now) {
    due.clear();
    for (NodeId user : byTenure) {
      Lease lease = leases.get(user);
      if (due.size() == usersWaiting
          || lease == null
          || now.isBefore(lease.since.plus(leaseDuration))) {
        return;
      }
      due.add(user);
    }
  }

  /// The user's request was assigned: its slot is no longer provisional.
  void confirm(NodeId user, Instant now) {
    Lease held = leases.get(user);
    if (held != null) {
      leases.putLast(user, new Lease(held.inferer, held.since, now.plus(leaseDuration), false));
    }
  }

  /// Takes back a slot that was given for a request which came to nothing.
  void takeBackIfProvisional(NodeId user) {
    Lease held = leases.get(user);
    if (held != null && held.provisional) {
      end(user, held);
    }
  }

  /// Lets leases lapse whose users have no answer running, and did not ask for long enough or have
  /// to hand their slots on.
  void lapse(Instant now, Predicate<NodeId> hasAnswerRunning) {
    for (NodeId user : List.copyOf(due)) {
      Lease held = leases.get(user);
      if (held != null && !hasAnswerRunning.test(user)) {
        end(user, held);
      }
    }
    while (!leases.isEmpty()) {
      Map.Entry<NodeId, Lease> oldest = leases.firstEntry();
      if (now.isBefore(oldest.getValue().until)) {
        return;
      }
      if (hasAnswerRunning.test(oldest.getKey())) {
        renew(oldest.getKey(), oldest.getValue(), now);
      } else {
        end(oldest.getKey(), oldest.getValue());
      }
    }
  }

  /// When the next lease may lapse.
  Optional<Instant> nextLapse() {
    return leases.isEmpty() ? Optional.empty() : Optional.of(leases.firstEntry().getValue().until);
  }

  /// When the next leases may lapse, the first one first.
  List<Instant> nextLapses(int count) {
    return leases.values().stream().limit(count).map(Lease::until).toList();
  }

  boolean holds(NodeId user) {
    return leases.containsKey(user);
  }

  int users() {
    return leases.size();
  }

  int slots() {
    return hosts.size() * slotsPerInferer;
  }

  int free() {
    return slots() - users();
  }

  /// How often a slot became free. While this stays the same, only [#turnOver] lets anybody in that
  /// had no room before.
  long openings() {
    return openings;
  }

  int activeInferers() {
    return hosts.size();
  }

  private void renew(NodeId user, Lease held, Instant now) {
    leases.putLast(
        user, new Lease(held.inferer, held.since, now.plus(leaseDuration), held.provisional));
  }

  private void end(NodeId user, Lease held) {
    leases.remove(user);
    forget(user);
    changeUsers(held.inferer, -1);
  }

  private void forget(NodeId user) {
    byTenure.remove(user);
    due.remove(user);
  }

  private Optional<NodeId> roomiest() {
    if (hostsByRoom.isEmpty() || hostsByRoom.getFirst().users >= slotsPerInferer) {
      return Optional.empty();
    }
    return Optional.of(hostsByRoom.getFirst().inferer);
  }

  private void changeUsers(NodeId inferer, int change) {
    @Nullable Host before = hosts.get(inferer);
    if (before != null) {
      openings += change < 0 ? 1 : 0;
      hostsByRoom.remove(before);
      putHost(new Host(inferer, before.users + change));
    }
  }

  private void putHost(Host host) {
    hosts.put(host.inferer, host);
    hostsByRoom.add(host);
  }
}
