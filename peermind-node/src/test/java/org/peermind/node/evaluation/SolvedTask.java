// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Answers a general task from its text alone, as a reader would.
final class SolvedTask {
  private static final Pattern INTEGER = Pattern.compile("\\d+");
  private static final List<String> DAYS =
      List.of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday");
  private static final List<String> POSITIONS =
      List.of("first", "second", "third", "fourth", "fifth", "sixth");
  private static final Map<String, Integer> SMALL_IN_LARGE =
      Map.of(
          "metres are kilometres", 1_000,
          "minutes are hours", 60,
          "seconds are minutes", 60,
          "grams are kilograms", 1_000,
          "days are weeks", 7,
          "hours are days", 24,
          "centimetres are metres", 100,
          "millilitres are litres", 1_000);

  private SolvedTask() {}

  static String answer(String task) {
    if (task.startsWith("name |")) {
      return inTable(task);
    }
    if (task.contains(" than ") && task.contains("tall")) {
      return inOrder(task);
    }
    if (task.startsWith("Shop ")) {
      return shop(task);
    }
    return task.contains(" word") || task.contains("letter") ? words(task) : numbers(task);
  }

  private static String numbers(String task) {
    List<Integer> all =
        INTEGER.matcher(task).results().map(MatchResult::group).map(Integer::valueOf).toList();
    if (task.contains(" + ")) {
      return "It is " + (all.get(0) + all.get(1)) + ".";
    }
    if (task.contains(" - ")) {
      return all.get(0) + " - " + all.get(1) + " = " + (all.get(0) - all.get(1));
    }
    if (task.contains("times")) {
      return "Well,\n**" + all.get(0) * all.get(1) + "**";
    }
    if (task.contains("nuts")) {
      return "Answer: " + (all.get(0) + all.get(1) - all.get(2));
    }
    if (task.contains("larger,")) {
      String[] two = task.replaceAll(".*larger, |\\? .*", "").split(" or ", 2);
      return Double.parseDouble(two[0]) > Double.parseDouble(two[1]) ? two[0] : two[1];
    }
    if (task.startsWith("Sort")) {
      List<Integer> sorted = new ArrayList<>(all);
      Collections.sort(sorted);
      if (task.contains("largest to")) {
        Collections.reverse(sorted);
      }
      return sorted.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
    if (task.contains("even")) {
      return "" + all.stream().filter(number -> Math.floorMod(number, 2) == 0).count();
    }
    if (task.startsWith("Today")) {
      int at = DAYS.indexOf(task.replaceAll("Today is |\\..*", ""));
      for (int day = 0; day < all.getFirst(); day++) {
        at = at == 6 ? 0 : at + 1;
      }
      return DAYS.get(at);
    }
    if (task.contains("largest") || task.contains("smallest")) {
      return "" + (task.contains("largest") ? Collections.max(all) : Collections.min(all));
    }
    String units = task.replaceAll("How many |\\?.*", "").replaceAll(" \\d+ ", " ");
    return "" + all.getFirst() * SMALL_IN_LARGE.getOrDefault(units, 0);
  }

  private static String words(String task) {
    List<String> listed = Arrays.asList(task.replaceAll("^.*?: |[.?] .*", "").split(", ", -1));
    String named = task.replaceAll("^.*?word ", "").replaceAll("[ .?].*", "");
    if (task.contains("backwards")) {
      return new StringBuilder(named).reverse().toString();
    }
    if (task.startsWith("What is the")) {
      return "" + named.charAt(position(task));
    }
    if (task.startsWith("How often")) {
      String letter = task.replaceAll("^.*the letter | occur.*", "");
      return "" + (named.length() - named.replace(letter, "").length());
    }
    if (task.startsWith("Join")) {
      return listed.stream().map(one -> one.substring(0, 1)).collect(Collectors.joining());
    }
    if (task.startsWith("Sort")) {
      List<String> sorted = new ArrayList<>(listed);
      Collections.sort(sorted);
      return String.join(", ", sorted);
    }
    if (task.startsWith("Here")) {
      return listed.get(position(task));
    }
    if (task.startsWith("Remove")) {
      return Pattern.compile("[aeiou]").matcher(named).replaceAll("");
    }
    Set<String> seen = new HashSet<>();
    return listed.stream().filter(one -> !seen.add(one)).findFirst().orElseThrow();
  }

  private static int position(String task) {
    return POSITIONS.stream()
        .filter(word -> task.contains("the " + word))
        .mapToInt(POSITIONS::indexOf)
        .findFirst()
        .orElseThrow();
  }

  private static String inTable(String task) {
    List<List<String>> rows =
        task.lines()
            .filter(line -> line.contains(" | "))
            .map(line -> Arrays.asList(line.split(" \\| ", -1)))
            .toList();
    String question = task.lines().toList().getLast();
    for (List<String> row : rows) {
      if (question.contains("old is " + row.get(0))) {
        return row.get(2);
      }
      if (question.contains("does " + row.get(0))) {
        return row.get(1);
      }
      if (question.contains("is " + row.get(2) + " years")) {
        return row.get(0);
      }
    }
    throw new IllegalArgumentException(task);
  }

  private static String inOrder(String task) {
    Map<String, String> above = new HashMap<>();
    Set<String> people = new HashSet<>();
    Pattern.compile("(\\w+) is (taller|shorter) than (\\w+)")
        .matcher(task)
        .results()
        .forEach(
            said -> {
              boolean isTaller = said.group(2).equals("taller");
              above.put(said.group(isTaller ? 3 : 1), said.group(isTaller ? 1 : 3));
              people.add(said.group(1));
              people.add(said.group(3));
            });
    Map<String, Integer> taller = new HashMap<>();
    for (String one : people) {
      int count = 0;
      for (String at = one; above.containsKey(at); at = above.getOrDefault(at, "")) {
        count++;
      }
      taller.put(one, count);
    }
    if (task.contains("How many")) {
      return "" + taller.get(task.replaceAll("(?s).*taller than (\\w+)\\?.*", "$1"));
    }
    int wanted = task.contains("tallest") ? 0 : people.size() - 1;
    return people.stream()
        .filter(one -> taller.getOrDefault(one, -1) == wanted)
        .findFirst()
        .orElseThrow();
  }

  private static String shop(String task) {
    String[] words = task.split("[ .]", -1);
    return "{ \"open\": %s, \"count\": %s, \"town\": \"%s\", \"code\": \"%s\" }"
        .formatted(words[9].equals("open"), words[5], words[3], words[1]);
  }
}
