// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

/// Whatever a Modbus device answers, a reading or a refusal results, and never an exception.
final class ModbusAnswersPropertyTest {
  private static final String BYTES = "0123456789,,,[]{}\":.-xeW\\u ";

  private final List<ModbusProfilesTest.Case> samples =
      ProfileShelf.builtIn().profiles().stream()
          .filter(profile -> profile.transport().equals("modbus"))
          .flatMap(
              profile ->
                  profile.answers().stream()
                      .flatMap(
                          rule ->
                              rule.samples().stream()
                                  .map(
                                      sample ->
                                          new ModbusProfilesTest.Case(profile, rule, sample))))
          .toList();

  @Test
  void refusesOrReads_whateverIsAnswered() {
    assertThat(samples).hasSizeGreaterThan(60);
    Property.forAll(
        1,
        1500,
        random -> {
          ModbusProfilesTest.Case any = samples.get(random.nextInt(samples.size()));
          Map<String, Object> options = new HashMap<>();
          any.profile().options().forEach((name, option) -> options.put(name, option.otherwise()));

          Decoder.Decoded decoded =
              Decoder.decode(
                  any.rule(),
                  any.sample().role(),
                  mutated(any.sample().answer(), random),
                  options,
                  Instant.EPOCH);

          switch (decoded) {
            case Decoder.Decoded.Refused(String clause) -> assertThat(clause).isNotBlank();
            case Decoder.Decoded.Read(var reading) ->
                assertThat(ReadingReport.of(reading)).containsKey("quality");
          }
        });
  }

  private static String mutated(String answer, RandomGenerator random) {
    StringBuilder text = new StringBuilder(answer);
    if (random.nextInt(4) == 0) {
      text.setLength(random.nextInt(text.length()));
    }
    for (int i = random.nextInt(8); i > 0 && !text.isEmpty(); i--) {
      int at = random.nextInt(text.length());
      char other = BYTES.charAt(random.nextInt(BYTES.length()));
      if (random.nextBoolean() && Character.isDigit(text.charAt(at))) {
        text.setCharAt(at, (char) ('0' + random.nextInt(10)));
      } else if (random.nextBoolean()) {
        text.setCharAt(at, other);
      } else {
        text.insert(at, other);
      }
    }
    return text.toString();
  }
}
