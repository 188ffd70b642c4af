// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;

/// Tells waiting users their place and how long it will take, when they begin to wait and when
/// their place has changed, at most once a second each.
final class WaitingNotices {
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /// In a longer queue who begins to wait is told with the others, at the next tick: finding one
  /// place takes as long as finding all.
  private static final int TOLD_AT_ONCE_MAX = 256;

  /// Counts of slots that are kept; they are a second old at most.
  private static final int SLOT_COUNTS_MAX = 256;

  private final InfererRegistry registry;
  private final Assigner assigner;
  private final UserSlots userSlots;
  private final WaitingLine line;
  private final AnswerPace pace;
  private final Consumer<RefereeEffect> effects;
  private final Map<String, Integer> slotCounts = new HashMap<>();
  private Instant slotsCountedAt = Instant.MIN;

  WaitingNotices(
      InfererRegistry registry,
      Assigner assigner,
      UserSlots userSlots,
      WaitingLine line,
      AnswerPace pace,
      Consumer<RefereeEffect> effects) {
    this.registry = registry;
    this.assigner = assigner;
    this.userSlots = userSlots;
    this.line = line;
    this.pace = pace;
    this.effects = effects;
  }

  /// @param position among the waiting requests for the same model
  private record Place(int position, Duration expectedWait) {}

  /// Tells one request its place if it still waits, and the queue is not long.
  void tellPlace(OfferBook.Waiting waiting, Instant now) {
    if (line.size() <= TOLD_AT_ONCE_MAX && line.waitingOf(waiting.input.user()) > 0) {
      Place place = places(now).get(waiting);
      if (place != null) {
        tell(waiting, place, now);
      }
    }
  }

  void tellPlaces(Instant now) {
    if (line.size() > 0) {
      places(now).forEach((waiting, place) -> tell(waiting, place, now));
    }
  }

  private void tell(OfferBook.Waiting waiting, Place place, Instant now) {
    boolean told = waiting.toldPosition > 0;
    if (waiting.toldPosition == place.position
        || (told && now.isBefore(waiting.toldAt.plus(PAUSE)))) {
      return;
    }
    waiting.toldPosition = place.position;
    waiting.toldAt = now;
    effects.accept(
        new RefereeEffect.Queued(
            waiting.input.request(), waiting.input.user(), place.position, place.expectedWait));
  }

  private Map<OfferBook.Waiting, Place> places(Instant now) {
    Map<OfferBook.Waiting, Place> places = new LinkedHashMap<>();
    Map<String, Integer> positions = new HashMap<>();
    Map<String, Integer> slots = new HashMap<>();
    List<Instant> lapses = userSlots.nextLapses(line.size());
    Map<NodeId, Integer> withoutSlot = new HashMap<>();
    for (OfferBook.Waiting waiting : line.inOrder()) {
      String model = waiting.modelText();
      int position = positions.merge(model, 1, Integer::sum);
      int ofModel = slots.computeIfAbsent(model, _ -> slots(waiting, now));
      Duration wait = pace.expectedWait(models(waiting), position, ofModel);
      if (lacksUserSlot(waiting)) {
        int next = withoutSlot.size() + 1;
        int rank = withoutSlot.computeIfAbsent(waiting.input.user(), _ -> next);
        wait = later(wait, lapses, rank - userSlots.free(), now);
      }
      places.put(waiting, new Place(position, wait));
    }
    return places;
  }

  /// Who also waits for a user slot waits at least until that many leases may have lapsed, if any.
  private static Duration later(Duration wait, List<Instant> lapses, int count, Instant now) {
    if (count <= 0 || count > lapses.size()) {
      return wait;
    }
    Duration lapse = Duration.between(now, lapses.get(count - 1));
    return lapse.compareTo(wait) > 0 ? lapse : wait;
  }

  private boolean lacksUserSlot(OfferBook.Waiting waiting) {
    return waiting.job.isEmpty() && !userSlots.holds(waiting.input.user());
  }

  /// How many users wait for a user slot that is not there.
  int usersBeyondSlots() {
    Set<NodeId> users = new HashSet<>();
    for (OfferBook.Waiting waiting : line.inOrder()) {
      if (lacksUserSlot(waiting)) {
        users.add(waiting.input.user());
      }
    }
    return Math.max(0, users.size() - userSlots.free());
  }

  /// How long a request would wait that entered the queue now.
  Duration expectedWaitAtEnd(OfferBook.Waiting waiting, Instant now) {
    String model = waiting.modelText();
    if (slotCounts.size() >= SLOT_COUNTS_MAX || !now.isBefore(slotsCountedAt.plus(PAUSE))) {
      slotCounts.clear();
      slotsCountedAt = now;
    }
    int slots = slotCounts.computeIfAbsent(model, _ -> slots(waiting, now));
    return pace.expectedWait(models(waiting), line.waitingFor(model) + 1, slots);
  }

  private List<ModelHash> models(OfferBook.Waiting waiting) {
    return waiting
        .job
        .map(job -> List.of(job.model()))
        .orElseGet(() -> assigner.hashesOf(waiting.input.model(), waiting.input.request()));
  }

  private int slots(OfferBook.Waiting waiting, Instant now) {
    return assigner.serving(models(waiting)).stream()
        .filter(inferer -> registry.isReady(inferer, now))
        .mapToInt(Peer::slots)
        .sum();
  }
}
