// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.Activation;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.ServedModel;

/// Picks the inferer that is to be asked (design section 7).
///
/// Constraints first: it serves the model, is ready, has a free slot and a long enough context, and
/// is not excluded; for an answer to be continued it can continue one. Then the order: the
/// preferred inferer while it works at full power, direct surplus before battery, fuller batteries
/// first (in steps of 10 %), who can continue answers, the nearest cell, the lowest share of used
/// slots (in steps of 1/16), and among equals whoever was freed last.
///
/// A [ModelShelf] keeps, for each model, the ready inferers with free slots in 22 levels of power
/// and two of ability, each by cell and load, so that a pick looks at the first inferer of the
/// first level that has any.
final class Assigner {
  private static final int BATTERY_STEPS = 11;
  private static final Pattern HASH = Pattern.compile("[0-9a-fA-F]{64}");

  private final InfererRegistry registry;
  private final NearestCells cells = new NearestCells();
  private final SortedMap<String, Set<ModelHash>> hashesByName = new TreeMap<>();
  private final Map<ModelHash, ModelShelf> shelves = new HashMap<>();
  private NetworkModel network = NetworkModel.NONE;
  private int seatsListed;
  private long openings;

  /// What a request needs of an inferer.
  ///
  /// @param models hashes that satisfy the request
  /// @param inOrder whether an earlier one of them is better than a later one
  /// @param contextTokens that prompt and answer take at least
  /// @param resumes whether the answer goes on after tokens that another inferer computed
  /// @param preferred who is asked first while it runs on surplus and has a free slot
  record Need(
      List<ModelHash> models,
      boolean inOrder,
      int contextTokens,
      PlaceCell cell,
      Set<NodeId> excluded,
      boolean resumes,
      Optional<NodeId> preferred) {
    private static final PlaceCell NOWHERE = new PlaceCell("000");

    /// The same but for what only orders the candidates: equal ones have the same candidates.
    Need anywhere() {
      return new Need(
          models, inOrder, contextTokens, NOWHERE, Set.copyOf(excluded), resumes, Optional.empty());
    }
  }

  record Pick(Peer inferer, ModelHash model) {}

  /// Where an inferer stands in the index: with these models, and in their lists while it is ready
  /// and has a free slot. It hangs on the [Peer], so that no look-up is needed.
  static final class Place {
    private final List<ServedModel> models;
    private final int cell;
    private final List<ModelShelf.Seat> seats = new ArrayList<>();
    private boolean ready;
    private int level;

    private Place(List<ServedModel> models, int cell) {
      this.models = models;
      this.cell = cell;
    }
  }

  Assigner(InfererRegistry registry) {
    this.registry = registry;
  }

  /// Brings the index up to date after anything about an attached inferer changed.
  void refresh(Peer inferer, Instant now) {
    Place place = inferer.place();
    if (place == null || !place.models.equals(inferer.models())) {
      remove(inferer);
      place = introduce(inferer);
    }
    place.ready = registry.isReady(inferer, now);
    place.level = place.ready ? level(inferer) : 0;
    list(inferer, place);
  }

  /// Brings the index up to date after an inferer's free slots changed and nothing else.
  void recount(Peer inferer) {
    Place place = inferer.place();
    if (place != null) {
      list(inferer, place);
    }
  }

  private void list(Peer inferer, Place place) {
    boolean listed = place.ready && inferer.slotsFree() > 0;
    int step = listed ? step(inferer) : 0;
    for (ModelShelf.Seat seat : place.seats) {
      if (listed) {
        if (!seat.isListed()) {
          seatsListed++;
          openings++;
        }
        seat.shelf.list(seat, levelOf(seat.model, place), place.cell, step);
      } else {
        unlist(seat);
      }
    }
  }

  private void unlist(ModelShelf.Seat seat) {
    seatsListed -= seat.isListed() ? 1 : 0;
    seat.shelf.unlist(seat);
  }

  /// Whether any inferer has a free slot for any model.
  boolean hasListed() {
    return seatsListed > 0;
  }

  /// How often an inferer came to have a free slot for a model. While this stays the same, nobody
  /// can be served whom no listed inferer suited before, but for those that were passed over for a
  /// while.
  long openings() {
    return openings;
  }

  /// An inferer whose answers nobody could go on with comes after its equals.
  private static int levelOf(ServedModel model, Place place) {
    return 2 * place.level + (model.continuation() ? 0 : 1);
  }

  /// Share of used slots of an inferer with a free one, in 1/16.
  static int step(Peer inferer) {
    return inferer.relativeLoad() * ModelShelf.STEPS / Peer.LOAD_FULL;
  }

  void remove(Peer inferer) {
    Place place = inferer.place();
    if (place == null) {
      return;
    }
    inferer.takePlace(null);
    place.seats.forEach(this::unlist);
    withdraw(inferer, place);
  }

  /// Level of a ready inferer; the lowest is asked first.
  static int level(Peer inferer) {
    HeadroomReport report = inferer.report().orElseThrow();
    boolean surplus = report.activation() == Activation.FULL && !report.source().equals("battery");
    // Surplus without a battery would be lost, like that beside a full one.
    double percent = report.batteryPercent().orElse(surplus ? 100 : 0);
    // What is trusted by half stands where half of the charge would: plausible power goes first.
    int step = BATTERY_STEPS - 1 - (int) (percent * inferer.trust().share() / 10);
    return surplus ? step : BATTERY_STEPS + step;
  }

  private Place introduce(Peer inferer) {
    Place place = new Place(inferer.models(), cells.number(inferer.cell));
    for (ServedModel model : place.models) {
      hashesByName
          .computeIfAbsent(model.name(), _ -> new TreeSet<>(Comparator.comparing(ModelHash::hex)))
          .add(model.hash());
      ModelShelf shelf = shelves.computeIfAbsent(model.hash(), _ -> new ModelShelf());
      if (shelf.serving.put(inferer.node, inferer) == null) {
        place.seats.add(new ModelShelf.Seat(shelf, inferer, model));
      }
    }
    inferer.takePlace(place);
    return place;
  }

  private void withdraw(Peer inferer, Place place) {
    for (ServedModel model : place.models) {
      ModelShelf shelf = shelves.get(model.hash());
      if (shelf != null) {
        shelf.serving.remove(inferer.node);
        if (shelf.serving.isEmpty()) {
          shelves.remove(model.hash());
        }
      }
    }
    for (ServedModel model : place.models) {
      forgetNameIfUnserved(model);
    }
  }

  /// A name stays with a hash while any inferer still serves that hash under it.
  private void forgetNameIfUnserved(ServedModel model) {
    ModelShelf shelf = shelves.get(model.hash());
    boolean served =
        shelf != null
            && shelf.serving.values().stream().anyMatch(peer -> servesUnderName(peer, model));
    Set<ModelHash> hashes = hashesByName.get(model.name());
    if (!served && hashes != null) {
      hashes.remove(model.hash());
      if (hashes.isEmpty()) {
        hashesByName.remove(model.name());
      }
    }
  }

  private static boolean servesUnderName(Peer peer, ServedModel model) {
    return peer.models().stream()
        .anyMatch(
            served -> served.hash().equals(model.hash()) && served.name().equals(model.name()));
  }

  /// Says what the network's own name stands for.
  void network(NetworkModel model) {
    network = model;
  }

  /// Whether the network's own name is asked for, which no inferer's model can take for itself.
  boolean isNetwork(String model) {
    return model.equals(ServedModel.NETWORK);
  }

  /// The hashes that a request's model text stands for: its own, or all that go by the name. For
  /// the network's own name the first choice comes first.
  List<ModelHash> hashesOf(String model, Id16 request) {
    if (isNetwork(model)) {
      List<ModelHash> adopted = network.of(request);
      return adopted.isEmpty() ? mostServed() : adopted;
    }
    Set<ModelHash> named = hashesByName.get(model);
    if (named != null) {
      return List.copyOf(named);
    }
    if (!HASH.matcher(model).matches()) {
      return List.of();
    }
    ModelHash hash = new ModelHash(model.toLowerCase(Locale.ROOT));
    return shelves.containsKey(hash) ? List.of(hash) : List.of();
  }

  /// Before a network has adopted a model, its name stands for the one that most inferers serve.
  private List<ModelHash> mostServed() {
    return shelves.entrySet().stream()
        .min(
            Comparator.<Map.Entry<ModelHash, ModelShelf>>comparingInt(
                    shelf -> -shelf.getValue().serving.size())
                .thenComparing(shelf -> shelf.getKey().hex()))
        .map(shelf -> List.of(shelf.getKey()))
        .orElse(List.of());
  }

  /// Names of all models that attached inferers serve, in order.
  Set<String> modelNames() {
    return hashesByName.keySet();
  }

  /// Attached inferers that serve one of the models, ready or not.
  List<Peer> serving(List<ModelHash> models) {
    SortedMap<NodeId, Peer> all = new TreeMap<>();
    for (ModelHash hash : models) {
      ModelShelf shelf = shelves.get(hash);
      if (shelf != null) {
        all.putAll(shelf.serving);
      }
    }
    return List.copyOf(all.values());
  }

  /// The best inferer for the need, if any may be asked now.
  Optional<Pick> assign(Need need, Instant now) {
    Optional<Pick> preferred = need.preferred().flatMap(node -> preferred(node, need, now));
    if (preferred.isPresent()) {
      return preferred;
    }
    int[] nearest = cells.from(need.cell());
    if (need.models().size() > 1 && !need.inOrder()) {
      return assignAny(nearest, need, now);
    }
    for (ModelHash model : need.models()) {
      Pick pick = firstOf(model, nearest, need, now);
      if (pick != null) {
        return Optional.of(pick);
      }
    }
    return Optional.empty();
  }

  private @Nullable Pick firstOf(ModelHash model, int[] nearest, Need need, Instant now) {
    ModelShelf shelf = shelves.get(model);
    long levels = shelf == null ? 0 : shelf.levelsInUse();
    for (; levels != 0; levels &= levels - 1) {
      Pick pick = firstOf(Long.numberOfTrailingZeros(levels), model, nearest, need, now);
      if (pick != null) {
        return pick;
      }
    }
    return null;
  }

  /// Several files go by the name that was asked for: the best of the first level that has any.
  private Optional<Pick> assignAny(int[] nearest, Need need, Instant now) {
    for (int level = 0; level < ModelShelf.LEVELS; level++) {
      Pick best = null;
      for (ModelHash model : need.models()) {
        Pick pick = firstOf(level, model, nearest, need, now);
        if (pick != null && (best == null || before(pick, best, need))) {
          best = pick;
        }
      }
      if (best != null) {
        return Optional.of(best);
      }
    }
    return Optional.empty();
  }

  /// The inferer of the conversation's last answer, while its headroom lasts: reduced operation is
  /// on its way down, and an answer there may not end there.
  private Optional<Pick> preferred(NodeId node, Need need, Instant now) {
    Peer inferer = registry.find(node);
    if (inferer == null
        || !registry.isReady(inferer, now)
        || inferer.slotsFree() == 0
        || !mayBeAsked(inferer, need, now)
        || inferer.report().map(HeadroomReport::activation).orElse(Activation.OFF)
            != Activation.FULL) {
      return Optional.empty();
    }
    // Where the network tries a model, its share counts for more than a warm prefix.
    return need.models().stream()
        .limit(need.inOrder() ? 1 : need.models().size())
        .filter(model -> fits(inferer, model, need))
        .findFirst()
        .map(model -> new Pick(inferer, model));
  }

  private boolean fits(Peer inferer, ModelHash model, Need need) {
    return inferer.served(model).filter(served -> suffices(served, need)).isPresent();
  }

  private @Nullable Pick firstOf(
      int level, ModelHash model, int[] nearest, Need need, Instant now) {
    ModelShelf shelf = shelves.get(model);
    Peer first =
        shelf == null ? null : shelf.firstOf(level, nearest, seat -> mayBeAsked(seat, need, now));
    return first == null ? null : new Pick(first, model);
  }

  /// What is listed is ready and has a free slot: the core reviews who became stale before anything
  /// else.
  private boolean mayBeAsked(ModelShelf.Seat seat, Need need, Instant now) {
    return suffices(seat.model, need) && mayBeAsked(seat.inferer, need, now);
  }

  private boolean suffices(ServedModel served, Need need) {
    return served.contextTokens() >= need.contextTokens()
        && (served.continuation() || !need.resumes())
        && registry.accepts(served);
  }

  private static boolean mayBeAsked(Peer inferer, Need need, Instant now) {
    return !inferer.passedOverAt(now)
        && (need.excluded().isEmpty() || !need.excluded().contains(inferer.node));
  }

  /// Whether `one` comes before `other` of the same level.
  private static boolean before(Pick one, Pick other, Need need) {
    int byDistance =
        Double.compare(
            NearestCells.kilometres(need.cell(), one.inferer().cell),
            NearestCells.kilometres(need.cell(), other.inferer().cell));
    if (byDistance != 0) {
      return byDistance < 0;
    }
    int bySteps = Integer.compare(step(one.inferer()), step(other.inferer()));
    return bySteps != 0 ? bySteps < 0 : one.inferer().node.compareTo(other.inferer().node) < 0;
  }
}
