// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import static org.peermind.node.evaluation.GeneralTasks.between;
import static org.peermind.node.evaluation.GeneralTasks.item;
import static org.peermind.node.evaluation.GeneralTasks.listed;
import static org.peermind.node.evaluation.GeneralTasks.numbers;
import static org.peermind.node.evaluation.GeneralTasks.pick;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.peermind.voting.DigestStream;

/// Tasks about numbers: calculating, comparing, sorting, counting, units.
final class NumberTasks {
  private static final String NUMBER_ONLY = " Reply with the number only.";
  private static final List<Unit> UNITS =
      List.of(
          new Unit("kilometres", "metres", 1_000),
          new Unit("hours", "minutes", 60),
          new Unit("minutes", "seconds", 60),
          new Unit("kilograms", "grams", 1_000),
          new Unit("weeks", "days", 7),
          new Unit("days", "hours", 24),
          new Unit("metres", "centimetres", 100),
          new Unit("litres", "millilitres", 1_000));

  private NumberTasks() {}

  private record Unit(String large, String small, int factor) {}

  static List<GeneralTasks.Task> all() {
    return List.of(
        NumberTasks::sum,
        NumberTasks::difference,
        NumberTasks::product,
        NumberTasks::twoSteps,
        NumberTasks::extreme,
        NumberTasks::decimals,
        NumberTasks::sorted,
        NumberTasks::countedEven,
        NumberTasks::unit);
  }

  private static Item sum(DigestStream stream) {
    int one = between(stream, 12, 989);
    int other = between(stream, 12, 989);
    return item("What is %d + %d?".formatted(one, other) + NUMBER_ONLY, one + other);
  }

  private static Item difference(DigestStream stream) {
    int one = between(stream, 12, 989);
    int other = between(stream, 12, 989);
    return item("What is %d - %d?".formatted(one, other) + NUMBER_ONLY, one - other);
  }

  private static Item product(DigestStream stream) {
    int one = between(stream, 12, 399);
    int other = between(stream, 3, 12);
    return item("What is %d times %d?".formatted(one, other) + NUMBER_ONLY, one * other);
  }

  private static Item twoSteps(DigestStream stream) {
    int had = between(stream, 20, 90);
    int bought = between(stream, 5, 40);
    int gave = between(stream, 2, 19);
    return item(
        "Somebody has %d nuts, gets %d more and gives %d away. How many nuts are left?"
                .formatted(had, bought, gave)
            + NUMBER_ONLY,
        had + bought - gave);
  }

  private static Item extreme(DigestStream stream) {
    List<Integer> numbers = numbers(stream, 5, 10, 999);
    boolean isLargest = stream.below(2) == 0;
    return item(
        "Which of these numbers is the %s: %s?"
                .formatted(isLargest ? "largest" : "smallest", listed(numbers))
            + NUMBER_ONLY,
        isLargest ? Collections.max(numbers) : Collections.min(numbers));
  }

  /// One number has more digits after the point, and is often smaller all the same.
  private static Item decimals(DigestStream stream) {
    int whole = between(stream, 1, 99);
    int tenths = between(stream, 1, 9);
    int hundredths = between(stream, 11, 99);
    while (hundredths / 10 == tenths || hundredths % 10 == 0) {
      hundredths = between(stream, 11, 99);
    }
    String shorter = whole + "." + tenths;
    String longer = whole + "." + hundredths;
    String first = stream.below(2) == 0 ? shorter : longer;
    return item(
        "Which number is larger, %s or %s?"
                .formatted(first, first.equals(shorter) ? longer : shorter)
            + NUMBER_ONLY,
        10 * tenths > hundredths ? shorter : longer);
  }

  private static Item sorted(DigestStream stream) {
    List<Integer> numbers = numbers(stream, 5, 10, 99);
    boolean isRising = stream.below(2) == 0;
    Comparator<Integer> rising = Comparator.naturalOrder();
    return item(
        "Sort these numbers from the %s: %s. Reply with the sorted numbers only, separated by commas."
            .formatted(
                isRising ? "smallest to the largest" : "largest to the smallest", listed(numbers)),
        listed(numbers.stream().sorted(isRising ? rising : rising.reversed()).toList()));
  }

  private static Item countedEven(DigestStream stream) {
    List<Integer> numbers = numbers(stream, between(stream, 5, 8), 10, 99);
    return item(
        "How many of these numbers are even: %s?".formatted(listed(numbers)) + NUMBER_ONLY,
        numbers.stream().filter(number -> number % 2 == 0).count());
  }

  private static Item unit(DigestStream stream) {
    Unit unit = pick(stream, UNITS);
    int count = between(stream, 2, 299);
    return item(
        "How many %s are %d %s?".formatted(unit.small(), count, unit.large()) + NUMBER_ONLY,
        count * unit.factor());
  }
}
