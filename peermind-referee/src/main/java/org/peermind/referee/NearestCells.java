// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.peermind.protocol.PlaceCell;

/// The cells in which inferers are or were, numbered as they became known, and in the order of
/// their distance as seen from another cell.
///
/// There are at most 32,768 cells of three characters; orders are kept for the [#ORDERS_MAX] cells
/// that asked last.
final class NearestCells {
  static final int ORDERS_MAX = 64;

  private final Map<PlaceCell, Integer> numbers = new HashMap<>();
  private final List<PlaceCell> known = new ArrayList<>();
  private final LinkedHashMap<PlaceCell, int[]> orders = new LinkedHashMap<>();

  /// The number of a cell, which is known from now on.
  int number(PlaceCell cell) {
    Integer number = numbers.get(cell);
    if (number == null) {
      number = known.size();
      numbers.put(cell, number);
      known.add(cell);
      orders.clear();
    }
    return number;
  }

  /// Numbers of all known cells, nearest first; equally far ones in the order of their names. The
  /// caller does not change them.
  int[] from(PlaceCell origin) {
    int[] order = orders.get(origin);
    if (order == null) {
      order =
          known.stream()
              .sorted(
                  Comparator.<PlaceCell>comparingDouble(cell -> kilometres(origin, cell))
                      .thenComparing(PlaceCell::geohash))
              .mapToInt(this::number)
              .toArray();
      orders.put(origin, order);
      if (orders.size() > ORDERS_MAX) {
        orders.pollFirstEntry();
      }
    }
    return order;
  }

  static double kilometres(PlaceCell one, PlaceCell other) {
    return one.middle().kilometresTo(other.middle());
  }
}
