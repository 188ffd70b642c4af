// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ServedModel;

/// All inferers of one model, and those of them that may be asked in exact level lists: by level of
/// power, cell and share of used slots in steps of 1/16.
///
/// Bit sets say which levels, cells and steps hold anybody, so that finding the first inferer and
/// moving one from step to step take the same few operations however many there are.
final class ModelShelf {
  /// 22 of power, and within each those that can continue answers before those that cannot.
  static final int LEVELS = 44;

  static final int STEPS = 16;

  final SortedMap<NodeId, Peer> serving = new TreeMap<>();

  private final Level[] levels = new Level[LEVELS];
  private long levelsInUse;

  ModelShelf() {
    Arrays.setAll(levels, _ -> new Level());
  }

  /// An inferer's seat: where it stands in the lists of one shelf.
  static final class Seat {
    final ModelShelf shelf;
    final Peer inferer;
    final ServedModel model;
    private int level;
    private int cell;
    private int step;
    private int index = -1;

    Seat(ModelShelf shelf, Peer inferer, ServedModel model) {
      this.shelf = shelf;
      this.inferer = inferer;
      this.model = model;
    }

    boolean isListed() {
      return index >= 0;
    }
  }

  /// Whether a listed inferer may be asked.
  @FunctionalInterface
  interface Test {
    boolean passes(Seat seat);
  }

  private static final class Level {
    private long[] cellsInUse = new long[1];
    private @Nullable CellLists[] byCell = new CellLists[Long.SIZE];
  }

  private static final class CellLists {
    private int stepsInUse;
    private final Seat[][] seats = new Seat[STEPS][];
    private final int[] counts = new int[STEPS];
  }

  /// Lists an inferer, or moves it if it is listed elsewhere.
  ///
  /// @param cell number of its cell
  /// @param step share of used slots in 1/16
  void list(Seat seat, int level, int cell, int step) {
    if (seat.isListed()) {
      if (seat.level == level && seat.cell == cell && seat.step == step) {
        return;
      }
      unlist(seat);
    }
    Level at = levels[level];
    CellLists lists = listsOf(at, cell);
    Seat[] seats = lists.seats[step];
    int count = lists.counts[step];
    if (seats == null) {
      seats = new Seat[2];
      lists.seats[step] = seats;
    } else if (count == seats.length) {
      seats = Arrays.copyOf(seats, 2 * count);
      lists.seats[step] = seats;
    }
    seats[count] = seat;
    lists.counts[step] = count + 1;
    seat.level = level;
    seat.cell = cell;
    seat.step = step;
    seat.index = count;
    if (count == 0) {
      lists.stepsInUse |= 1 << step;
      at.cellsInUse[cell >> 6] |= 1L << cell;
      levelsInUse |= 1L << level;
    }
  }

  private static CellLists listsOf(Level level, int cell) {
    if (cell >= level.byCell.length) {
      int longer = Math.max(cell + 1, 2 * level.byCell.length);
      level.byCell = Arrays.copyOf(level.byCell, longer);
      level.cellsInUse = Arrays.copyOf(level.cellsInUse, (longer + Long.SIZE - 1) / Long.SIZE);
    }
    CellLists lists = level.byCell[cell];
    if (lists == null) {
      lists = new CellLists();
      level.byCell[cell] = lists;
    }
    return lists;
  }

  void unlist(Seat seat) {
    if (!seat.isListed()) {
      return;
    }
    Level at = levels[seat.level];
    CellLists lists = listsOf(at, seat.cell);
    Seat[] seats = lists.seats[seat.step];
    int last = lists.counts[seat.step] - 1;
    Seat moved = seats[last];
    seats[seat.index] = moved;
    moved.index = seat.index;
    lists.counts[seat.step] = last;
    seat.index = -1;
    if (last == 0) {
      lists.stepsInUse &= ~(1 << seat.step);
      if (lists.stepsInUse == 0) {
        at.cellsInUse[seat.cell >> 6] &= ~(1L << seat.cell);
        if (isEmpty(at.cellsInUse)) {
          levelsInUse &= ~(1L << seat.level);
        }
      }
    }
  }

  private static boolean isEmpty(long[] bits) {
    for (long word : bits) {
      if (word != 0) {
        return false;
      }
    }
    return true;
  }

  /// The levels that hold anybody, as bits.
  long levelsInUse() {
    return levelsInUse;
  }

  /// The first inferer of a level that passes: in the nearest cell, with the lowest share of used
  /// slots.
  ///
  /// @param nearest numbers of the known cells, nearest first
  @Nullable Peer firstOf(int level, int[] nearest, Test test) {
    Level at = levels[level];
    long[] inUse = at.cellsInUse;
    for (int cell : nearest) {
      int word = cell >> 6;
      if (word < inUse.length && (inUse[word] & 1L << cell) != 0) {
        CellLists lists = at.byCell[cell];
        Peer first = lists == null ? null : firstOf(lists, test);
        if (first != null) {
          return first;
        }
      }
    }
    return null;
  }

  private static @Nullable Peer firstOf(CellLists lists, Test test) {
    for (int steps = lists.stepsInUse; steps != 0; steps &= steps - 1) {
      int step = Integer.numberOfTrailingZeros(steps);
      Seat[] seats = lists.seats[step];
      for (int i = lists.counts[step] - 1; i >= 0; i--) {
        if (test.passes(seats[i])) {
          return seats[i].inferer;
        }
      }
    }
    return null;
  }
}
