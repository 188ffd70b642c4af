// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.Activation;
import org.peermind.protocol.HeadroomReport;
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
/// slots, the smallest id.
///
/// An index keeps, for each model, the ready inferers with free slots in 22 levels of power and two
/// of ability, each by cell and load, so that a pick looks at the first inferer of the first level
/// that has any.
final class Assigner {
  private static final int BATTERY_STEPS = 11;

  /// Each level of power has two: inferers that can continue answers, and those that cannot.
  private static final int LEVELS = 2 * 2 * BATTERY_STEPS;

  private static final Pattern HASH = Pattern.compile("[0-9a-fA-F]{64}");

  private final InfererRegistry registry;
  private final NearestCells cells = new NearestCells();
  private final SortedMap<String, Set<ModelHash>> hashesByName = new TreeMap<>();
  private final Map<ModelHash, ModelShelf> shelves = new HashMap<>();
  private final Map<NodeId, Place> places = new HashMap<>();

  /// What a request needs of an inferer.
  ///
  /// @param models hashes that satisfy the request
  /// @param contextTokens that prompt and answer take at least
  /// @param resumes whether the answer goes on after tokens that another inferer computed
  /// @param preferred who is asked first while it runs on surplus and has a free slot
  record Need(
      List<ModelHash> models,
      int contextTokens,
      PlaceCell cell,
      Set<NodeId> excluded,
      boolean resumes,
      Optional<NodeId> preferred) {
    private static final PlaceCell NOWHERE = new PlaceCell("000");

    /// The same but for what only orders the candidates: equal ones have the same candidates.
    Need anywhere() {
      return new Need(
          models, contextTokens, NOWHERE, Set.copyOf(excluded), resumes, Optional.empty());
    }
  }

  record Pick(Peer inferer, ModelHash model) {}

  /// Where an inferer stands in the index: with these models always, in this level when `listed`.
  private record Place(
      Peer inferer, List<ServedModel> models, boolean listed, int level, Key key) {}

  /// Order within one level and cell.
  private record Key(int relativeLoad, Peer inferer) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byLoad = Integer.compare(relativeLoad, other.relativeLoad);
      return byLoad != 0 ? byLoad : inferer.node.compareTo(other.inferer.node);
    }
  }

  /// All inferers of one model.
  private static final class ModelShelf {
    final SortedMap<NodeId, Peer> serving = new TreeMap<>();
    final List<Map<PlaceCell, TreeSet<Key>>> levels =
        Stream.<Map<PlaceCell, TreeSet<Key>>>generate(HashMap::new).limit(LEVELS).toList();
  }

  Assigner(InfererRegistry registry) {
    this.registry = registry;
  }

  /// Brings the index up to date after anything about an attached inferer changed.
  void refresh(Peer inferer, Instant now) {
    boolean listed = registry.isReady(inferer, now) && inferer.slotsFree() > 0;
    Place fresh =
        new Place(
            inferer,
            inferer.models(),
            listed,
            listed ? level(inferer) : 0,
            new Key(inferer.relativeLoad(), inferer));
    Place before = places.put(inferer.node, fresh);
    boolean sameModels = before != null && before.models.equals(fresh.models);
    if (before != null && before.listed) {
      unlist(before);
    }
    if (!sameModels) {
      if (before != null) {
        withdraw(before);
      }
      introduce(fresh);
    }
    if (listed) {
      list(fresh);
    }
  }

  void remove(Peer inferer) {
    Place before = places.remove(inferer.node);
    if (before != null) {
      if (before.listed) {
        unlist(before);
      }
      withdraw(before);
    }
  }

  /// Level of a ready inferer; the lowest is asked first.
  static int level(Peer inferer) {
    HeadroomReport report = inferer.report().orElseThrow();
    boolean surplus = report.activation() == Activation.FULL && !report.source().equals("battery");
    // Surplus without a battery would be lost, like that beside a full one.
    double percent = report.batteryPercent().orElse(surplus ? 100 : 0);
    int step = BATTERY_STEPS - 1 - (int) (percent / 10);
    return surplus ? step : BATTERY_STEPS + step;
  }

  private void introduce(Place place) {
    cells.add(place.inferer.cell);
    for (ServedModel model : place.models) {
      hashesByName
          .computeIfAbsent(model.name(), _ -> new TreeSet<>(Comparator.comparing(ModelHash::hex)))
          .add(model.hash());
      shelves
          .computeIfAbsent(model.hash(), _ -> new ModelShelf())
          .serving
          .put(place.inferer.node, place.inferer);
    }
  }

  private void withdraw(Place place) {
    for (ServedModel model : place.models) {
      ModelShelf shelf = shelves.get(model.hash());
      if (shelf != null) {
        shelf.serving.remove(place.inferer.node);
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

  /// An inferer whose answers nobody could go on with comes after its equals.
  private static int levelOf(ServedModel model, Place place) {
    return 2 * place.level + (model.continuation() ? 0 : 1);
  }

  private void list(Place place) {
    for (ServedModel model : place.models) {
      ModelShelf shelf = shelves.get(model.hash());
      if (shelf != null) {
        shelf
            .levels
            .get(levelOf(model, place))
            .computeIfAbsent(place.inferer.cell, _ -> new TreeSet<>())
            .add(place.key);
      }
    }
  }

  private void unlist(Place place) {
    for (ServedModel model : place.models) {
      ModelShelf shelf = shelves.get(model.hash());
      Map<PlaceCell, TreeSet<Key>> level =
          shelf == null ? null : shelf.levels.get(levelOf(model, place));
      SortedSet<Key> keys = level == null ? null : level.get(place.inferer.cell);
      if (level != null && keys != null) {
        keys.remove(place.key);
        if (keys.isEmpty()) {
          level.remove(place.inferer.cell);
        }
      }
    }
  }

  /// The hashes that a request's model text stands for: its own, or all that go by the name.
  List<ModelHash> hashesOf(String model) {
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
    for (int level = 0; level < LEVELS; level += need.resumes() ? 2 : 1) {
      Pick best = null;
      for (ModelHash model : need.models()) {
        Pick pick = firstOf(level, model, need, now);
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
    Place place = places.get(node);
    if (place == null
        || !place.listed
        || place.inferer.report().map(HeadroomReport::activation).orElse(Activation.OFF)
            != Activation.FULL) {
      return Optional.empty();
    }
    return need.models().stream()
        .filter(model -> mayBeAsked(place.inferer, model, need, now))
        .findFirst()
        .map(model -> new Pick(place.inferer, model));
  }

  private @Nullable Pick firstOf(int level, ModelHash model, Need need, Instant now) {
    ModelShelf shelf = shelves.get(model);
    Map<PlaceCell, TreeSet<Key>> byCell = shelf == null ? null : shelf.levels.get(level);
    if (byCell == null || byCell.isEmpty()) {
      return null;
    }
    for (PlaceCell cell : cells.from(need.cell())) {
      SortedSet<Key> keys = byCell.get(cell);
      if (keys != null) {
        for (Key key : keys) {
          if (mayBeAsked(key.inferer, model, need, now)) {
            return new Pick(key.inferer, model);
          }
        }
      }
    }
    return null;
  }

  private boolean mayBeAsked(Peer inferer, ModelHash model, Need need, Instant now) {
    return !need.excluded().contains(inferer.node)
        && !inferer.passedOverAt(now)
        && registry.isReady(inferer, now)
        && inferer.served(model).map(served -> suffices(served, need)).orElse(false);
  }

  private boolean suffices(ServedModel served, Need need) {
    return served.contextTokens() >= need.contextTokens()
        && (served.continuation() || !need.resumes())
        && registry.accepts(served);
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
    Key key = new Key(one.inferer().relativeLoad(), one.inferer());
    return key.compareTo(new Key(other.inferer().relativeLoad(), other.inferer())) < 0;
  }
}
