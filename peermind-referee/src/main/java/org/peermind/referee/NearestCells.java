// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.peermind.protocol.PlaceCell;

/// The cells in which inferers are or were, nearest first as seen from another cell.
///
/// There are at most 32,768 cells of three characters; orders are kept for the [#ORDERS_MAX] cells
/// that asked last.
final class NearestCells {
  static final int ORDERS_MAX = 64;

  private final Set<PlaceCell> known = new TreeSet<>(Comparator.comparing(PlaceCell::geohash));
  private final LinkedHashMap<PlaceCell, List<PlaceCell>> orders = new LinkedHashMap<>();

  void add(PlaceCell cell) {
    if (known.add(cell)) {
      orders.clear();
    }
  }

  List<PlaceCell> from(PlaceCell origin) {
    List<PlaceCell> order = orders.get(origin);
    if (order == null) {
      order = sorted(origin);
      orders.put(origin, order);
      if (orders.size() > ORDERS_MAX) {
        orders.pollFirstEntry();
      }
    }
    return order;
  }

  private List<PlaceCell> sorted(PlaceCell origin) {
    Map<PlaceCell, Double> kilometres = new LinkedHashMap<>();
    for (PlaceCell cell : known) {
      kilometres.put(cell, kilometres(origin, cell));
    }
    List<PlaceCell> order = new ArrayList<>(known);
    order.sort(Comparator.comparingDouble(cell -> kilometres.getOrDefault(cell, 0.0)));
    return order;
  }

  static double kilometres(PlaceCell one, PlaceCell other) {
    return one.middle().kilometresTo(other.middle());
  }
}
