// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.peermind.energy.internal.format.MutatedAnswers;
import org.peermind.energy.internal.profile.Decoder.Decoded;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.testkit.Property;

/// Random and mutated answers for every interface of every profile: a decoder refuses or reads, and
/// what it reads is believable. Every case runs the profile's expressions, which takes most of the
/// time; `FormatFuzzTest` gives the forms of answers below them ten million each. `mvn verify
/// -Pfuzz` runs many more of these, too.
final class DecoderFuzzTest {
  private static final int BOUNDED_CASES = 60;
  private static final double MAGNITUDE_MAX = 1e9;

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
  void refusesOrReads_manyMoreAnswers() throws Exception {
    int cases = Integer.getInteger("peermind.fuzz.profile-cases", 20_000);
    int seed = Integer.getInteger("peermind.fuzz.seed", 1_000);
    int shares = Runtime.getRuntime().availableProcessors();
    long start = System.nanoTime();
    List<Future<?>> running = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(shares)) {
      for (int share = 0; share < shares; share++) {
        int first = seed + cases / shares * share;
        int count = share == shares - 1 ? seed + cases - first : cases / shares;
        running.add(
            threads.submit(
                () ->
                    Property.forAll(
                        first,
                        count,
                        random -> subjects.forEach(subject -> decodes(subject, random)))));
      }
      for (Future<?> share : running) {
        share.get();
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "profiles: %d interfaces, %,d cases each, in %.0f s (%,.0f a second)%n",
        subjects.size(),
        cases,
        seconds,
        cases / seconds * subjects.size());
  }

  private static void decodes(Subject subject, RandomGenerator random) {
    List<AnswerRule.Sample> samples = subject.rule().samples();
    AnswerRule.Sample sample = samples.get(random.nextInt(samples.size()));
    DeviceRole[] roles = DeviceRole.values();
    DeviceRole role = random.nextInt(5) == 0 ? roles[random.nextInt(roles.length)] : sample.role();
    String text = MutatedAnswers.of(sample.answer(), other(samples, random), random);
    AnswerSet answers = new AnswerSet(subject.profile(), role, options(subject, sample));
    for (AnswerRule other : subject.profile().answers()) {
      String context = sample.answers().get(other.alias());
      if (context != null) {
        var _ =
            answers.context(
                other, random.nextBoolean() ? context : MutatedAnswers.of(context, text, random));
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

  private static String other(List<AnswerRule.Sample> samples, RandomGenerator random) {
    return samples.get(random.nextInt(samples.size())).answer();
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
}
