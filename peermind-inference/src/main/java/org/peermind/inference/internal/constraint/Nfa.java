// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A nondeterministic automaton over bytes, while it is built.
final class Nfa {
  private record Edge(int low, int high, int to) {}

  private static final int STATES_MAX = 40_000;

  private final CompileBudget budget;
  private final List<List<Edge>> edges = new ArrayList<>();
  private final List<List<Integer>> silent = new ArrayList<>();

  Nfa(CompileBudget budget) {
    this.budget = budget;
  }

  int state() throws SchemaRefusal {
    if (edges.size() >= STATES_MAX) {
      throw new SchemaRefusal(
          "A pattern or number range is too large; use smaller repetitions or fewer choices.");
    }
    budget.spendWork(4);
    edges.add(new ArrayList<>(2));
    silent.add(new ArrayList<>(2));
    return edges.size() - 1;
  }

  void edge(int from, int lowByte, int highByte, int to) {
    edges.get(from).add(new Edge(lowByte, highByte, to));
  }

  void silentEdge(int from, int to) {
    silent.get(from).add(to);
  }

  /// A new state reached from `from` by exactly `bytes`.
  int path(int from, byte[] bytes) throws SchemaRefusal {
    int at = from;
    for (byte b : bytes) {
      int to = state();
      edge(at, b & 0xff, b & 0xff, to);
      at = to;
    }
    return at;
  }

  /// The automaton that accepts what leads from `start` to `end`.
  Dfa determinize(int start, int end) throws SchemaRefusal {
    byte[] classOf = new byte[256];
    int[] representatives = classes(classOf);
    Map<BitSet, Integer> numbers = new HashMap<>();
    List<BitSet> order = new ArrayList<>();
    List<int[]> rows = new ArrayList<>();
    List<Boolean> accepts = new ArrayList<>();
    BitSet first = new BitSet();
    first.set(start);
    close(first);
    numbers.put(first, 0);
    order.add(first);
    for (int i = 0; i < order.size(); i++) {
      BitSet from = order.get(i);
      accepts.add(from.get(end));
      int[] row = new int[representatives.length];
      for (int c = 0; c < row.length; c++) {
        BitSet to = move(from, representatives[c]);
        if (to.isEmpty()) {
          row[c] = Dfa.DEAD;
          continue;
        }
        Integer known = numbers.putIfAbsent(to, order.size());
        row[c] = known == null ? order.size() : known;
        if (known == null) {
          budget.spendState();
          order.add(to);
        }
      }
      rows.add(row);
    }
    return Dfa.of(classOf, representatives.length, rows, accepts);
  }

  private BitSet move(BitSet from, int b) throws SchemaRefusal {
    BitSet to = new BitSet();
    int visited = 1;
    for (int state = from.nextSetBit(0); state >= 0; state = from.nextSetBit(state + 1)) {
      for (Edge edge : edges.get(state)) {
        visited++;
        if (edge.low <= b && b <= edge.high) {
          to.set(edge.to);
        }
      }
    }
    budget.spendWork(visited + from.length() / 64);
    close(to);
    return to;
  }

  private void close(BitSet states) throws SchemaRefusal {
    ArrayDeque<Integer> queue = new ArrayDeque<>();
    states.stream().forEach(queue::add);
    int visited = 0;
    while (!queue.isEmpty()) {
      for (int to : silent.get(queue.remove())) {
        visited++;
        if (!states.get(to)) {
          states.set(to);
          queue.add(to);
        }
      }
    }
    budget.spendWork(visited);
  }

  /// Bytes that no edge tells apart share a class; returns one byte of each.
  private int[] classes(byte[] classOf) {
    boolean[] begins = new boolean[257];
    begins[0] = true;
    for (List<Edge> list : edges) {
      for (Edge edge : list) {
        begins[edge.low] = true;
        begins[edge.high + 1] = true;
      }
    }
    int[] representatives = new int[256];
    int count = 0;
    for (int b = 0; b < 256; b++) {
      if (begins[b]) {
        representatives[count++] = b;
      }
      classOf[b] = (byte) (count - 1);
    }
    return Arrays.copyOf(representatives, count);
  }
}
