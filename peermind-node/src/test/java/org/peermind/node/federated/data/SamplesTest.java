// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

/// How files become samples, and which of them are new.
final class SamplesTest {
  private final LeftOuts leftOut = new LeftOuts();
  private final JsonLines lines = new JsonLines(leftOut);
  private final Duplicates duplicates = new Duplicates();

  private List<Sample> samples(String... json) {
    return lines.samples(String.join("\n", json)).toList();
  }

  @Test
  void readsTheThreeFormsOfALine() {
    List<Sample> read =
        samples(
            "{\"text\": \"A fact.\"}",
            "",
            "{\"prompt\": \"2+2=\", \"completion\": \"4\", \"source\": \"school\"}",
            "{\"messages\": [{\"role\": \"system\", \"content\": \"Be kind.\"},"
                + "{\"role\": \"user\", \"content\": \"Hi\"},"
                + "{\"role\": \"assistant\", \"content\": \"Hello\"},"
                + "{\"role\": \"user\", \"content\": \"Bye\"}]}");

    assertThat(read)
        .containsExactly(
            new Sample.Passage("A fact."),
            new Sample.Completion("2+2=", "4"),
            new Sample.Dialogue(
                List.of(
                    new Turn(Turn.Role.SYSTEM, "Be kind."),
                    new Turn(Turn.Role.USER, "Hi"),
                    new Turn(Turn.Role.ASSISTANT, "Hello"))));
    assertThat(leftOut.counts()).isEmpty();
  }

  @Test
  void countsEveryOtherLine() {
    List<String> malformed =
        List.of(
            "no json",
            "[]",
            "{}",
            "\"text\"",
            "{\"text\": 1}",
            "{\"text\": \" \"}",
            "{\"text\": \"a\", \"text\": \"b\"}",
            "{\"text\": \"a\"} {\"text\": \"b\"}",
            "{\"text\": \"a\", \"prompt\": \"b\", \"completion\": \"c\"}",
            "{\"text\": \"nul \\u0000\"}",
            "{\"text\": \"half \\ud83c\"}",
            "{\"prompt\": \"a\"}",
            "{\"prompt\": \"a\", \"completion\": \"\"}",
            "{\"messages\": []}",
            "{\"messages\": {}}",
            "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}",
            "{\"messages\": [{\"role\": \"tool\", \"content\": \"Hi\"}]}",
            "{\"messages\": [{\"role\": \"assistant\", \"content\": [\"Hi\"]}]}",
            "{\"messages\": ["
                + "{\"role\":\"assistant\",\"content\":\"x\"},".repeat(64)
                + "{\"role\":\"assistant\",\"content\":\"x\"}]}",
            "{\"text\": \"" + "a".repeat(JsonLines.LINE_CHARACTERS_MAX) + "\"}",
            "{\"text\": " + "[".repeat(100) + "]".repeat(100) + "}");

    for (String line : malformed) {
      assertThat(samples(line)).as("%.80s", line).isEmpty();
    }
    assertThat(leftOut.of(LeftOut.MALFORMED)).isEqualTo(malformed.size());
  }

  @Test
  void cutsPassages_betweenParagraphsSentencesAndWords() {
    String paragraph = "A sentence of words. ".repeat(60).strip();

    List<String> passages =
        PlainText.passages("One.\r\n\r\nTwo\nlines.\n \n" + paragraph + "\n\n" + paragraph);

    assertThat(passages).containsExactly("One.\n\nTwo\nlines.\n\n" + paragraph, paragraph);
    assertThat(PlainText.passages("A sentence of words. ".repeat(200)))
        .allSatisfy(passage -> assertThat(passage).startsWith("A ").endsWith("words."));
    assertThat(PlainText.passages("\n\n \n")).isEmpty();
  }

  @Test
  void losesNothingButWhiteSpace_andKeepsPassagesShort() {
    Property.forAll(
        1,
        50,
        random -> {
          String text =
              random
                  .ints(random.nextInt(9_000), 0, 12)
                  .mapToObj(c -> List.of("a", "b. ", " ", "\n", "\n\n", "🌞", "c").get(c % 7))
                  .collect(Collectors.joining());

          List<String> passages = PlainText.passages(text);

          assertThat(passages)
              .allSatisfy(
                  passage -> {
                    assertThat(passage.length()).isBetween(1, PlainText.PASSAGE_CHARACTERS_MAX);
                    assertThat(PlainText.isPlain(passage)).isTrue();
                  });
          assertThat(String.join("", passages).replaceAll("\\s", ""))
              .isEqualTo(text.replaceAll("\\s", ""));
        });
  }

  @Test
  void knowsRepeatedSamples_ofEachKind() {
    assertThat(duplicates.repeated(new Sample.Passage("Ärger  ﬁnden"))).isEmpty();
    assertThat(duplicates.repeated(new Sample.Passage("ärger finden"))).contains(LeftOut.DUPLICATE);
    assertThat(duplicates.repeated(new Sample.Completion("a", "b"))).isEmpty();
    assertThat(duplicates.repeated(new Sample.Completion("a ", "B"))).contains(LeftOut.DUPLICATE);
    assertThat(duplicates.repeated(new Sample.Completion("ab", ""))).isEmpty();
    assertThat(duplicates.repeated(dialogue("a", "b"))).isEmpty();
    assertThat(duplicates.repeated(dialogue("a", "c"))).isEmpty();
    assertThat(duplicates.repeated(dialogue("a", "b"))).contains(LeftOut.DUPLICATE);
  }

  private static Sample dialogue(String question, String answer) {
    return new Sample.Dialogue(
        List.of(new Turn(Turn.Role.USER, question), new Turn(Turn.Role.ASSISTANT, answer)));
  }

  @Test
  void findsPassages_thatDifferInAFewWords() {
    List<String> words = words(200, 1);
    assertThat(duplicates.repeated(passage(words))).isEmpty();

    words.set(70, "other");
    words.set(150, "another");

    assertThat(duplicates.repeated(passage(words))).contains(LeftOut.NEAR_DUPLICATE);
    assertThat(duplicates.repeated(passage(words.subList(100, 200)))).isEmpty();
    assertThat(duplicates.repeated(passage(words(200, 2)))).isEmpty();
  }

  @Test
  void keepsShortFacts_thatDifferInOneWord() {
    for (int house = 0; house < 100; house++) {
      assertThat(
              duplicates.repeated(
                  new Sample.Passage("The mayor of town %d likes tea best.".formatted(house))))
          .isEmpty();
    }
  }

  @Test
  void keepsAnswers_toQuestionsAboutOneLongText() {
    String page = String.join(" ", words(300, 3));

    assertThat(duplicates.repeated(new Sample.Completion(page, "red"))).isEmpty();
    assertThat(duplicates.repeated(new Sample.Completion(page, "blue"))).isEmpty();
  }

  @Test
  void decidesNearDuplicates_asTheCountOfCommonRunsDoes() {
    int wrong = 0;
    for (int seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      List<String> one = words(120, 1_000 + seed);
      List<String> other = new ArrayList<>(one);
      for (int i = random.nextInt(12); i > 0; i--) {
        other.set(random.nextInt(120), "changed" + i);
      }
      double common = common(one, other);
      Duplicates fresh = new Duplicates();
      fresh.repeated(passage(one));
      boolean near = fresh.repeated(passage(other)).isPresent();
      // The estimate from 64 hashes has a deviation of about 0.05.
      wrong += Math.abs(common - 0.8) > 0.12 && near != common > 0.8 ? 1 : 0;
    }
    assertThat(wrong).isLessThanOrEqualTo(2);
  }

  private static double common(List<String> one, List<String> other) {
    var runs = new HashSet<>(runs(one));
    var both = new HashSet<>(runs);
    both.retainAll(runs(other));
    runs.addAll(runs(other));
    return (double) both.size() / runs.size();
  }

  private static List<List<String>> runs(List<String> words) {
    return IntStream.rangeClosed(0, words.size() - Duplicates.RUN_WORDS)
        .mapToObj(from -> words.subList(from, from + Duplicates.RUN_WORDS))
        .toList();
  }

  @Test
  void remembersNoMoreSamplesThanItsBound() {
    for (int i = 0; i < Duplicates.SAMPLES_MAX; i++) {
      duplicates.repeated(new Sample.Passage(Integer.toString(i)));
    }

    assertThat(duplicates.repeated(new Sample.Passage("one more")))
        .isEqualTo(Optional.of(LeftOut.SAMPLES_BEYOND_BOUND));
  }

  private static Sample passage(List<String> words) {
    return new Sample.Passage(String.join(" ", words));
  }

  private static List<String> words(int count, long seed) {
    return new ArrayList<>(
        new Random(seed).ints(count, 0, 5_000).mapToObj(word -> "w" + word).toList());
  }
}
