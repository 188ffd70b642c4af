// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.peermind.inference.GenerationRequest.Priority;

/// Requests that wait for a slot: the owner's first, each kind in the order of arrival. A request
/// for which there is no memory yet holds up those behind it, or it might wait for ever.
final class WaitingLine {
  private final int eachMax;
  private final Deque<Tenant> owners = new ArrayDeque<>();
  private final Deque<Tenant> borrowers = new ArrayDeque<>();

  /// @param eachMax how many of each kind may wait
  WaitingLine(int eachMax) {
    this.eachMax = eachMax;
  }

  /// Lets a request wait; false when too many do.
  boolean add(Tenant tenant) {
    Deque<Tenant> line = line(tenant);
    if (line.size() >= eachMax) {
      return false;
    }
    line.addLast(tenant);
    return true;
  }

  /// Lets one that had a slot wait before all others of its kind.
  void addAgain(Tenant tenant) {
    line(tenant).addFirst(tenant);
  }

  private Optional<Tenant> first() {
    return Optional.ofNullable(owners.isEmpty() ? borrowers.peekFirst() : owners.peekFirst());
  }

  /// Who is to have a slot next, beside those that have one. A suspect is computed alone, before
  /// anybody else ([Sequence#isSuspect]).
  Optional<Tenant> next(List<Tenant> computed) {
    if (computed.stream().anyMatch(WaitingLine::isSuspect)) {
      return Optional.empty();
    }
    Optional<Tenant> suspect = all().stream().filter(WaitingLine::isSuspect).findFirst();
    return suspect.isEmpty() || computed.isEmpty() ? suspect.or(this::first) : Optional.empty();
  }

  private static boolean isSuspect(Tenant tenant) {
    return tenant instanceof Sequence sequence && sequence.isSuspect();
  }

  /// Takes out all that `wanted` accepts.
  List<Tenant> take(Predicate<Tenant> wanted) {
    List<Tenant> taken = all().stream().filter(wanted).toList();
    owners.removeIf(taken::contains);
    borrowers.removeIf(taken::contains);
    return taken;
  }

  boolean isEmpty() {
    return owners.isEmpty() && borrowers.isEmpty();
  }

  /// All that wait, the next one first.
  List<Tenant> all() {
    List<Tenant> all = new ArrayList<>(owners);
    all.addAll(borrowers);
    return all;
  }

  private Deque<Tenant> line(Tenant tenant) {
    return tenant.priority() == Priority.OWNER ? owners : borrowers;
  }
}
