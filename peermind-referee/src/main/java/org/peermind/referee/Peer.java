// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.Role;
import org.peermind.protocol.ServedModel;

/// One attached node, and what the referee counts about it while it is an inferer.
///
/// Free slots start from the inferer's own report. What it used for others than this referee's
/// sessions stays used until its next report; the referee's own offers and sessions are counted as
/// they come and go. Sessions that the report shows as not running although their tickets are too
/// old to be used ("ghosts") take no slot.
final class Peer {
  final NodeId node;
  final Set<Role> roles;
  final PlaceCell cell;
  final Duration clockSkew;
  final Instant attachedAt;

  /// Load of an inferer without a free slot.
  static final int LOAD_FULL = 1_024;

  private Assigner.@Nullable Place place;
  private @Nullable HeadroomReport report;
  private ReportTrust trust = ReportTrust.FULL;
  private String reportSha256Hex = "";
  private Instant reportReceivedAt;
  private Optional<String> idleReason = Optional.of("It has not reported its power yet.");
  private Instant passedOverUntil = Instant.MIN;
  private int slots;
  private int offersOpen;
  private int sessionsOpen;
  private int slotsUsedElsewhere;
  private int ghosts;

  Peer(NodeId node, Set<Role> roles, PlaceCell cell, Duration clockSkew, Instant attachedAt) {
    this.node = node;
    this.roles = roles;
    this.cell = cell;
    this.clockSkew = clockSkew;
    this.attachedAt = attachedAt;
    this.reportReceivedAt = attachedAt;
  }

  /// Where it stands in the assigner's index, which alone changes it.
  Assigner.@Nullable Place place() {
    return place;
  }

  void takePlace(Assigner.@Nullable Place fresh) {
    place = fresh;
  }

  boolean isInferer() {
    return roles.contains(Role.INFERER);
  }

  Optional<HeadroomReport> report() {
    return Optional.ofNullable(report);
  }

  /// How much of the last report's headroom counts.
  ReportTrust trust() {
    return trust;
  }

  String reportSha256Hex() {
    return reportSha256Hex;
  }

  /// When the last report came, or the time of attachment before the first.
  Instant heardAt() {
    return reportReceivedAt;
  }

  /// Why a fresh report does not make it ready; empty when it does.
  Optional<String> idleReason() {
    return idleReason;
  }

  boolean isHomedAt(NodeId referee) {
    return report != null && report.home().equals(referee);
  }

  List<ServedModel> models() {
    return report == null ? List.of() : report.models();
  }

  int slots() {
    return slots;
  }

  Optional<ServedModel> served(ModelHash hash) {
    for (ServedModel model : models()) {
      if (model.hash().equals(hash)) {
        return Optional.of(model);
      }
    }
    return Optional.empty();
  }

  /// Takes over a report that was checked.
  ///
  /// @param usableSlots of its slots, what others may use
  /// @param settledSessions sessions of this referee whose tickets can no longer be used, so that
  ///   they are running or over
  void take(
      HeadroomReport checked,
      ReportTrust judged,
      String sha256Hex,
      Instant now,
      Optional<String> reasonToIdle,
      int usableSlots,
      int settledSessions) {
    report = checked;
    trust = judged;
    slots = usableSlots;
    reportSha256Hex = sha256Hex;
    reportReceivedAt = now;
    idleReason = reasonToIdle;
    passedOverUntil = Instant.MIN;
    int used = checked.slots() - checked.slotsFree();
    slotsUsedElsewhere = Math.max(0, used - sessionsOpen);
    ghosts = Math.max(0, settledSessions - used);
  }

  /// Slots that may be offered now; never negative.
  int slotsFree() {
    return Math.max(0, slots() - slotsUsedElsewhere - (sessionsOpen - ghosts) - offersOpen);
  }

  /// Used slots in 1/1024 of all slots.
  int relativeLoad() {
    return slots() == 0 ? LOAD_FULL : (slots() - slotsFree()) * LOAD_FULL / slots();
  }

  void offerOpened() {
    offersOpen++;
  }

  void offerClosed() {
    offersOpen--;
  }

  void sessionOpened() {
    sessionsOpen++;
  }

  void sessionClosed() {
    sessionsOpen--;
    ghosts = Math.min(ghosts, sessionsOpen);
  }

  /// After a decline or a time-out it is not asked for a while, or until its next report.
  void passOverUntil(Instant instant) {
    passedOverUntil = instant;
  }

  boolean passedOverAt(Instant now) {
    return now.isBefore(passedOverUntil);
  }
}
