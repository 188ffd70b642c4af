// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A deterministic automaton over bytes. From every state an accepting one can be reached, so that
/// a text which it follows can always be ended. State 0 is the start.
final class Dfa {
  static final int DEAD = -1;
  static final int START = 0;

  private final byte[] classOf;
  private final int classes;
  private final int[] table;
  private final boolean[] accepting;
  private final boolean[] extendable;

  private Dfa(byte[] classOf, int classes, int[] table, boolean[] accepting) {
    this.classOf = classOf;
    this.classes = classes;
    this.table = table;
    this.accepting = accepting;
    extendable = new boolean[accepting.length];
    for (int state = 0; state < accepting.length; state++) {
      for (int at = state * classes; at < (state + 1) * classes; at++) {
        extendable[state] |= table[at] != DEAD;
      }
    }
  }

  /// Trims a raw table, whose start is state 0.
  static Dfa of(byte[] classOf, int classes, List<int[]> rows, List<Boolean> accepting) {
    boolean[] accepts = new boolean[rows.size()];
    for (int i = 0; i < accepts.length; i++) {
      accepts[i] = accepting.get(i);
    }
    boolean[] useful = useful(rows, accepts);
    int[] group = new int[rows.size()];
    Arrays.setAll(group, state -> state);
    return numbered(new Raw(classOf, classes, rows, accepts), useful, group);
  }

  /// The same automaton with the fewest states. Its cost grows with the square of the states, so it
  /// is for automata of this program, not of a schema.
  Dfa minimized() {
    List<int[]> rows = new ArrayList<>();
    for (int state = 0; state < states(); state++) {
      rows.add(Arrays.copyOfRange(table, state * classes, (state + 1) * classes));
    }
    boolean[] useful = new boolean[states()];
    Arrays.fill(useful, true);
    Raw raw = new Raw(classOf, classes, rows, accepting);
    return numbered(raw, useful, groups(rows, accepting));
  }

  @SuppressWarnings("ArrayRecordComponent") // never leaves this class, never compared
  private record Raw(byte[] classOf, int classes, List<int[]> rows, boolean[] accepts) {}

  private static Dfa numbered(Raw raw, boolean[] useful, int[] group) {
    List<int[]> rows = raw.rows;
    int classes = raw.classes;
    // State numbers in the order of first sight from the start, so that the start stays 0.
    int[] number = new int[rows.size() + 1];
    Arrays.fill(number, DEAD);
    List<Integer> order = new ArrayList<>();
    ArrayDeque<Integer> queue = new ArrayDeque<>();
    number[group[0]] = 0;
    order.add(0);
    queue.add(0);
    while (!queue.isEmpty()) {
      int state = queue.remove();
      for (int to : rows.get(state)) {
        if (to != DEAD && useful[to] && number[group[to]] == DEAD) {
          number[group[to]] = order.size();
          order.add(to);
          queue.add(to);
        }
      }
    }
    int[] table = new int[order.size() * classes];
    boolean[] kept = new boolean[order.size()];
    for (int state = 0; state < order.size(); state++) {
      int[] row = rows.get(order.get(state));
      kept[state] = raw.accepts[order.get(state)];
      for (int c = 0; c < classes; c++) {
        boolean dead = row[c] == DEAD || !useful[row[c]];
        table[state * classes + c] = dead ? DEAD : number[group[row[c]]];
      }
    }
    return new Dfa(raw.classOf, classes, table, kept);
  }

  private static boolean[] useful(List<int[]> rows, boolean[] accepts) {
    // The states from which each one is reached, one run after the other.
    int[] begin = new int[rows.size() + 1];
    for (int[] row : rows) {
      for (int to : row) {
        if (to != DEAD) {
          begin[to + 1]++;
        }
      }
    }
    for (int state = 0; state < rows.size(); state++) {
      begin[state + 1] += begin[state];
    }
    int[] sources = new int[begin[rows.size()]];
    int[] filled = begin.clone();
    for (int from = 0; from < rows.size(); from++) {
      for (int to : rows.get(from)) {
        if (to != DEAD) {
          sources[filled[to]++] = from;
        }
      }
    }
    boolean[] useful = accepts.clone();
    ArrayDeque<Integer> queue = new ArrayDeque<>();
    for (int i = 0; i < accepts.length; i++) {
      if (accepts[i]) {
        queue.add(i);
      }
    }
    while (!queue.isEmpty()) {
      int state = queue.remove();
      for (int at = begin[state]; at < begin[state + 1]; at++) {
        if (!useful[sources[at]]) {
          useful[sources[at]] = true;
          queue.add(sources[at]);
        }
      }
    }
    return useful;
  }

  /// Moore's partition refinement: states of one group accept the same texts.
  private static int[] groups(List<int[]> rows, boolean[] accepts) {
    int[] group = new int[rows.size()];
    for (int state = 0; state < group.length; state++) {
      group[state] = accepts[state] ? 1 : 0;
    }
    int count = 0;
    while (true) {
      Map<List<Integer>, Integer> numbers = new HashMap<>();
      int[] refined = new int[group.length];
      for (int state = 0; state < group.length; state++) {
        List<Integer> signature = new ArrayList<>();
        signature.add(group[state]);
        for (int to : rows.get(state)) {
          signature.add(to == DEAD ? DEAD : group[to]);
        }
        Integer known = numbers.putIfAbsent(signature, numbers.size());
        refined[state] = known == null ? numbers.size() - 1 : known;
      }
      if (numbers.size() == count) {
        return refined;
      }
      count = numbers.size();
      group = refined;
    }
  }

  int next(int state, int unsignedByte) {
    return table[state * classes + (classOf[unsignedByte] & 0xff)];
  }

  boolean accepts(int state) {
    return accepting[state];
  }

  /// Whether anything can follow in `state`.
  boolean extendable(int state) {
    return extendable[state];
  }

  int states() {
    return accepting.length;
  }

  /// About how many bytes it takes.
  long bytes() {
    return 4L * table.length + 2L * accepting.length + classOf.length + 100;
  }

  /// Whether it accepts no text at all.
  boolean empty() {
    return !accepting[START] && !extendable[START];
  }

  boolean matches(byte[] text) {
    int state = START;
    for (byte b : text) {
      state = next(state, b & 0xff);
      if (state == DEAD) {
        return false;
      }
    }
    return accepting[state];
  }

  /// What both accept.
  Dfa and(Dfa other, CompileBudget budget) throws SchemaRefusal {
    return product(other, true, budget);
  }

  /// What this one accepts and the other does not.
  Dfa minus(Dfa other, CompileBudget budget) throws SchemaRefusal {
    return product(other, false, budget);
  }

  private record Pair(int left, int right) {}

  private Dfa product(Dfa other, boolean both, CompileBudget budget) throws SchemaRefusal {
    Map<Integer, Integer> numbers = new HashMap<>();
    byte[] joint = new byte[256];
    List<Integer> representatives = new ArrayList<>();
    for (int b = 0; b < 256; b++) {
      int key = (classOf[b] & 0xff) << 8 | (other.classOf[b] & 0xff);
      if (numbers.putIfAbsent(key, representatives.size()) == null) {
        representatives.add(b);
      }
      joint[b] = (byte) (int) numbers.get(key);
    }
    Map<Pair, Integer> states = new HashMap<>();
    List<Pair> order = new ArrayList<>();
    List<int[]> rows = new ArrayList<>();
    List<Boolean> accepts = new ArrayList<>();
    states.put(new Pair(START, START), 0);
    order.add(new Pair(START, START));
    for (int i = 0; i < order.size(); i++) {
      Pair pair = order.get(i);
      boolean right = pair.right != DEAD && other.accepting[pair.right];
      accepts.add(accepting[pair.left] && right == both);
      int[] row = new int[representatives.size()];
      budget.spendWork(row.length);
      for (int c = 0; c < row.length; c++) {
        int b = representatives.get(c);
        int left = next(pair.left, b);
        int second = pair.right == DEAD ? DEAD : other.next(pair.right, b);
        if (left == DEAD || (both && second == DEAD)) {
          row[c] = DEAD;
          continue;
        }
        Pair to = new Pair(left, second);
        Integer known = states.putIfAbsent(to, order.size());
        row[c] = known == null ? order.size() : known;
        if (known == null) {
          budget.spendState();
          order.add(to);
        }
      }
      rows.add(row);
    }
    return of(joint, representatives.size(), rows, accepts);
  }
}
