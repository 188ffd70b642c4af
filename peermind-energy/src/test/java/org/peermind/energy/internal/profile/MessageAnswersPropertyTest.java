// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

/// Answers of MQTT, GoodWe, NUT and Victron devices with random changes give a reading or a reason.
final class MessageAnswersPropertyTest {
  private record Case(Profile profile, AnswerRule rule, AnswerRule.Sample sample) {}

  private static final List<Case> CASES =
      ProfileShelf.builtIn().profiles().stream()
          .filter(
              profile ->
                  Stream.of("mqtt", "goodwe", "nut", "command", "file")
                      .anyMatch(profile.transport()::equals))
          .flatMap(
              profile ->
                  profile.answers().stream()
                      .flatMap(
                          rule -> rule.samples().stream().map(s -> new Case(profile, rule, s))))
          .toList();

  @Test
  void givesAReadingOrAReason_whateverComes() {
    Property.forAll(
        20261122,
        4000,
        random -> {
          Case picked = CASES.get(random.nextInt(CASES.size()));
          Map<String, Object> options = new HashMap<>();
          picked
              .profile()
              .options()
              .forEach((name, option) -> options.put(name, String.valueOf(option.otherwise())));
          assertThat(
                  Decoder.decode(
                      picked.rule(),
                      picked.sample().role(),
                      changed(picked.sample().answer(), random),
                      options,
                      Instant.EPOCH))
              .isNotNull();
        });
  }

  private static String changed(String answer, RandomGenerator random) {
    StringBuilder text = new StringBuilder(answer);
    for (int i = random.nextInt(6); i > 0 && !text.isEmpty(); i--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(4)) {
        case 0 -> text.setCharAt(at, (char) random.nextInt(32, 127));
        case 1 -> text.setLength(at);
        case 2 -> text.insert(at, text.substring(at, Math.min(text.length(), at + 20)));
        default -> text.deleteCharAt(at);
      }
    }
    return text.toString();
  }
}
