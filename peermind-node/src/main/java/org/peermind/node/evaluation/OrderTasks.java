// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import static org.peermind.node.evaluation.GeneralTasks.between;
import static org.peermind.node.evaluation.GeneralTasks.item;
import static org.peermind.node.evaluation.GeneralTasks.numbers;
import static org.peermind.node.evaluation.GeneralTasks.some;
import static org.peermind.node.evaluation.GeneralTasks.word;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.peermind.voting.DigestStream;

/// Tasks about what a text says: tables, order, days, and answers in an exact form.
final class OrderTasks {
  private static final List<String> NAMES =
      List.of(
          "Anna", "Bela", "Carl", "Dora", "Emil", "Fritz", "Greta", "Hugo", "Ines", "Jan", "Kira",
          "Leon");
  private static final List<String> TOWNS =
      List.of("Lima", "Oslo", "Rome", "Cairo", "Quito", "Perth", "Dakar", "Hanoi");
  private static final List<String> DAYS =
      List.of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday");

  private OrderTasks() {}

  static List<GeneralTasks.Task> all() {
    return List.of(
        OrderTasks::lookedUp,
        OrderTasks::extremeOfOrder,
        OrderTasks::countOfOrder,
        OrderTasks::day,
        OrderTasks::json);
  }

  private static Item lookedUp(DigestStream stream) {
    List<String> names = some(stream, NAMES, 5);
    List<String> towns = some(stream, TOWNS, 5);
    List<Integer> ages = numbers(stream, 5, 18, 89);
    StringBuilder table = new StringBuilder("name | town | age\n");
    for (int row = 0; row < names.size(); row++) {
      table.append("%s | %s | %d\n".formatted(names.get(row), towns.get(row), ages.get(row)));
    }
    int row = stream.below(names.size());
    return switch (stream.below(3)) {
      case 0 ->
          item(
              table + "How old is %s? Reply with the number only.".formatted(names.get(row)),
              ages.get(row));
      case 1 ->
          item(
              table + "Where does %s live? Reply with the town only.".formatted(names.get(row)),
              lower(towns.get(row)));
      default ->
          item(
              table + "Who is %d years old? Reply with the name only.".formatted(ages.get(row)),
              lower(names.get(row)));
    };
  }

  private static Item extremeOfOrder(DigestStream stream) {
    List<String> tallestFirst = some(stream, NAMES, 5);
    boolean isTallest = stream.below(2) == 0;
    return item(
        order(stream, tallestFirst)
            + "Who is the %s? Reply with the name only."
                .formatted(isTallest ? "tallest" : "shortest"),
        lower(isTallest ? tallestFirst.getFirst() : tallestFirst.getLast()));
  }

  private static Item countOfOrder(DigestStream stream) {
    List<String> tallestFirst = some(stream, NAMES, 5);
    int at = stream.below(tallestFirst.size());
    return item(
        order(stream, tallestFirst)
            + "How many of them are taller than %s? Reply with the number only."
                .formatted(tallestFirst.get(at)),
        at);
  }

  /// Each pair of neighbours in one sentence, the sentences in a drawn order.
  private static String order(DigestStream stream, List<String> tallestFirst) {
    List<String> sentences = new ArrayList<>();
    for (int at = 1; at < tallestFirst.size(); at++) {
      String taller = tallestFirst.get(at - 1);
      String shorter = tallestFirst.get(at);
      sentences.add(
          stream.below(2) == 0
              ? "%s is taller than %s. ".formatted(taller, shorter)
              : "%s is shorter than %s. ".formatted(shorter, taller));
    }
    return String.join("", some(stream, sentences, sentences.size()));
  }

  private static Item day(DigestStream stream) {
    int today = stream.below(DAYS.size());
    int later = between(stream, 8, 199);
    return item(
        "Today is %s. Which day of the week is it in %d days? Reply with the day only."
            .formatted(DAYS.get(today), later),
        lower(DAYS.get((today + later) % DAYS.size())));
  }

  private static Item json(DigestStream stream) {
    String code = word(stream, 3);
    String town = some(stream, TOWNS, 1).getFirst();
    int count = between(stream, 2, 99);
    boolean isOpen = stream.below(2) == 0;
    ObjectNode expected =
        JsonNodeFactory.instance
            .objectNode()
            .put("code", code)
            .put("town", town)
            .put("count", count)
            .put("open", isOpen);
    return new Item(
        "Shop %s in %s has %d apples and is %s. Reply with nothing but one JSON object with the keys code, town, count and open, where count is a number and open is true or false. Keep the spelling."
            .formatted(code, town, count, isOpen ? "open" : "closed"),
        new AnswerCheck.Json(expected));
  }

  private static String lower(String name) {
    return name.toLowerCase(java.util.Locale.ROOT);
  }
}
