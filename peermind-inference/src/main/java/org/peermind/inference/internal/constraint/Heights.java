// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Finds for every rule how deep its shallowest value is, so that no branch is entered that could
/// not be finished within the depth allowed. That is why a constrained answer never gets stuck.
final class Heights {
  private static final long RULE_BYTES = 96;
  private static final long REFERENCE_BYTES = 4;

  private Heights() {}

  static void settle(Rule root) {
    List<Rule> rules = reachable(root);
    Map<Rule, List<Rule>> users = new HashMap<>();
    for (Rule rule : rules) {
      for (Rule part : parts(rule)) {
        users.computeIfAbsent(part, any -> new ArrayList<>()).add(rule);
      }
    }
    ArrayDeque<Rule> queue = new ArrayDeque<>(rules.reversed());
    while (!queue.isEmpty()) {
      Rule rule = queue.remove();
      if (rule.lower(height(rule))) {
        queue.addAll(users.getOrDefault(rule, List.of()));
      }
    }
  }

  /// About how many bytes the rules take, automata that several of them share counted once.
  static long bytes(Rule root) {
    long bytes = 0;
    for (Rule rule : reachable(root)) {
      bytes += RULE_BYTES + REFERENCE_BYTES * parts(rule).size();
    }
    return bytes + automata(root).stream().mapToLong(Dfa::bytes).sum();
  }

  /// All automata of the rules, told apart by identity.
  static Set<Dfa> automata(Rule root) {
    Set<Dfa> automata = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Rule rule : reachable(root)) {
      if (rule instanceof Rule.Scan scan) {
        automata.add(scan.dfa);
      }
    }
    return automata;
  }

  private static List<Rule> reachable(Rule root) {
    Set<Rule> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Rule> order = new ArrayList<>();
    ArrayDeque<Rule> stack = new ArrayDeque<>();
    stack.push(root);
    while (!stack.isEmpty()) {
      Rule rule = stack.pop();
      if (seen.add(rule)) {
        order.add(rule);
        parts(rule).forEach(stack::push);
      }
    }
    return order;
  }

  private static List<Rule> parts(Rule rule) {
    return switch (rule) {
      case Rule.Scan _ -> List.of();
      case Rule.Sequence sequence -> sequence.parts;
      case Rule.Choice choice -> choice.alternatives;
      case Rule.Repetition repetition -> List.of(repetition.item);
      case Rule.Nest nest -> List.of(nest.body);
      case Rule.Reference reference -> List.of(reference.target());
    };
  }

  private static int height(Rule rule) {
    int height =
        switch (rule) {
          case Rule.Scan scan ->
              scan.dfa.empty() || (scan.counts() && scan.max < scan.min) ? Rule.ENDLESS : 0;
          case Rule.Sequence sequence ->
              sequence.parts.stream().mapToInt(Rule::height).max().orElse(0);
          case Rule.Choice choice ->
              choice.alternatives.stream().mapToInt(Rule::height).min().orElse(Rule.ENDLESS);
          case Rule.Repetition repetition -> repetition.min == 0 ? 0 : repetition.item.height();
          case Rule.Nest nest -> 1 + nest.body.height();
          case Rule.Reference reference -> reference.target().height();
        };
    return Math.min(height, Rule.ENDLESS);
  }
}
