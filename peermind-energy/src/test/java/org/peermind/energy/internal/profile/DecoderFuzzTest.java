// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.peermind.energy.internal.profile.Decoder.Decoded;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.testkit.Property;

/// Random and mutated answers for every interface of every profile: a decoder refuses or reads, and
/// what it reads is believable. `mvn verify -Pfuzz` runs many more of them.
final class DecoderFuzzTest {
  private static final int BOUNDED_CASES = 60;
  private static final double MAGNITUDE_MAX = 1e9;
  private static final String[] ODD = {
    "null",
    "true",
    "\"\"",
    "\"NaN\"",
    "\"x\"",
    "[]",
    "{}",
    "[null]",
    "1e308",
    "-1e308",
    "1e9999",
    "-0.0",
    "65535",
    "-32768",
    "2147483648",
    "99999999999999999999999999",
    "0.1e-300",
    "\"-12.5\"",
    "[1,2,3]",
    "[[1],[2]]",
    "{\"v\":1}",
    "\"2026-99-99T00:00:00Z\"",
    "\"\\u0000\"",
    "NaN",
    "-"
  };

  private static List<Subject> subjects = List.of();

  /// One interface and the samples that are mutated.
  private record Subject(Profile profile, AnswerRule rule) {}

  @BeforeAll
  static void collect() {
    List<Subject> found = new ArrayList<>();
    for (Profile profile : ProfileShelf.builtIn().profiles()) {
      for (AnswerRule rule : profile.answers()) {
        if (!rule.samples().isEmpty()) {
          found.add(new Subject(profile, rule));
        }
      }
    }
    subjects = List.copyOf(found);
    assertThat(subjects).hasSizeGreaterThan(20);
  }

  @Test
  void refusesOrReads_whateverADeviceAnswers() {
    Property.forAll(
        1, BOUNDED_CASES, random -> subjects.forEach(subject -> decodes(subject, random)));
  }

  @Test
  @Tag("fuzz")
  void refusesOrReads_manyMoreAnswers() {
    int cases = Integer.getInteger("peermind.fuzz.cases", 10_000_000);
    int seed = Integer.getInteger("peermind.fuzz.seed", 1_000);
    Property.forAll(seed, cases, random -> subjects.forEach(subject -> decodes(subject, random)));
  }

  private static void decodes(Subject subject, RandomGenerator random) {
    List<AnswerRule.Sample> samples = subject.rule().samples();
    AnswerRule.Sample sample = samples.get(random.nextInt(samples.size()));
    DeviceRole[] roles = DeviceRole.values();
    DeviceRole role = random.nextInt(5) == 0 ? roles[random.nextInt(roles.length)] : sample.role();
    String text = mutated(sample.answer(), random);
    AnswerSet answers = new AnswerSet(subject.profile(), role, options(subject, sample));
    for (AnswerRule other : subject.profile().answers()) {
      String context = sample.answers().get(other.alias());
      if (context != null) {
        var _ = answers.context(other, random.nextBoolean() ? context : mutated(context, random));
      }
    }
    String what = subject.rule().interfaceName() + " of " + text;
    try {
      var _ = answers.add(subject.rule(), text, Instant.EPOCH);
      switch (answers.decoded()) {
        case Decoded.Refused(String clause) -> assertThat(clause).as(what).isNotBlank();
        case Decoded.Read(var reading) ->
            ReadingReport.of(reading)
                .forEach((field, value) -> believable(what + ": " + field, field, value));
      }
    } catch (RuntimeException escaped) {
      throw new AssertionError(what, escaped);
    }
  }

  private static Map<String, String> options(Subject subject, AnswerRule.Sample sample) {
    Map<String, String> options = new HashMap<>();
    subject
        .profile()
        .options()
        .forEach(
            (name, option) -> {
              if (option.otherwise() != null) {
                options.put(name, option.otherwise());
              }
            });
    options.putAll(sample.options());
    return options;
  }

  private static void believable(String what, String field, @Nullable Object value) {
    if (value instanceof Double number) {
      assertThat(Math.abs(number)).as(what).isLessThanOrEqualTo(MAGNITUDE_MAX);
      if (field.equals("battery_soc") || field.equals("battery_reserve_percent")) {
        assertThat(number >= 0 && number <= 100).as(what).isTrue();
      }
    }
  }

  private static String mutated(String answer, RandomGenerator random) {
    return switch (random.nextInt(8)) {
      case 0 -> answer.substring(0, random.nextInt(answer.length() + 1));
      case 1 -> noise(random);
      case 2 -> nest(answer, random);
      case 3 -> flipped(answer, random);
      default -> {
        String text = answer;
        for (int change = random.nextInt(4); change >= 0; change--) {
          text = swapped(text, random);
        }
        yield text;
      }
    };
  }

  /// One value, key or punctuation mark exchanged for something else.
  private static String swapped(String text, RandomGenerator random) {
    if (text.isEmpty()) {
      return ODD[random.nextInt(ODD.length)];
    }
    int from = random.nextInt(text.length());
    while (from < text.length() && ":,[".indexOf(text.charAt(from)) < 0) {
      from++;
    }
    int start = Math.min(text.length(), from + 1);
    int end = start;
    while (end < text.length() && ",}]".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    String odd = ODD[random.nextInt(ODD.length)];
    return switch (random.nextInt(4)) {
      case 0 -> text.substring(0, Math.min(from, end)) + text.substring(end); // missing
      case 1 ->
          text.substring(0, start) + "[" + text.substring(start, end) + "]" + text.substring(end);
      default -> text.substring(0, start) + odd + text.substring(end);
    };
  }

  private static String flipped(String text, RandomGenerator random) {
    StringBuilder flipped = new StringBuilder(text);
    for (int change = random.nextInt(6); change >= 0 && !flipped.isEmpty(); change--) {
      int at = random.nextInt(flipped.length());
      flipped.setCharAt(at, (char) (flipped.charAt(at) ^ (1 << random.nextInt(7))));
    }
    return flipped.toString();
  }

  private static String nest(String text, RandomGenerator random) {
    int depth = 1 + random.nextInt(random.nextInt(20) == 0 ? 20_000 : 60);
    return random.nextBoolean()
        ? "[".repeat(depth) + text + "]".repeat(depth)
        : "{\"a\":".repeat(depth) + text + "}".repeat(depth);
  }

  private static String noise(RandomGenerator random) {
    StringBuilder noise = new StringBuilder();
    for (int length = random.nextInt(200); length > 0; length--) {
      noise.append((char) random.nextInt(random.nextBoolean() ? 128 : 0x10000));
    }
    return noise.toString();
  }
}
