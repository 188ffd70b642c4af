// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.profile.AnswerRule;
import org.peermind.energy.internal.profile.Profile;
import org.peermind.energy.internal.profile.ProfileShelf;
import org.peermind.energy.spi.SettingsReader;

/// Gives every form of answers random and mutated ones: it refuses them as it declares, or makes a
/// document of the kinds of values that expressions know. A program of its own as well, so that it
/// can run with little memory: `FormatFuzz CASES FIRST_SEED [FORMAT,FORMAT]`.
final class FormatFuzz {
  private static final int SHARE = 2_000;
  private static final int DEPTH_MAX = 90;

  private static final SortedMap<String, List<Subject>> SUBJECTS = subjects();

  private FormatFuzz() {}

  /// A format as one profile uses it, and an answer that it reads.
  private record Subject(AnswerFormat format, String answer) {}

  /// What was seen.
  ///
  /// @param read of the cases, how many gave a document
  record Tally(String format, long cases, long read, double seconds) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%s: %,d cases, %,d read, the others refused, in %.0f s (%,.0f a second)",
          format,
          cases,
          read,
          seconds,
          cases / Math.max(seconds, 1e-3));
    }
  }

  public static void main(String[] arguments) throws InterruptedException {
    long cases = Long.parseLong(arguments[0]);
    long firstSeed = Long.parseLong(arguments[1]);
    for (String format : SUBJECTS.keySet()) {
      if (arguments.length < 3 || List.of(arguments[2].split(",")).contains(format)) {
        System.out.println(run(format, cases, firstSeed));
      }
    }
    System.out.printf(
        Locale.ROOT, "heap of at most %d MiB%n", Runtime.getRuntime().maxMemory() >> 20);
  }

  static List<String> formats() {
    return List.copyOf(SUBJECTS.keySet());
  }

  /// The samples of all profiles by the name of their form.
  private static SortedMap<String, List<Subject>> subjects() {
    Map<Class<?>, String> names = new HashMap<>();
    SortedMap<String, List<Subject>> all = new TreeMap<>();
    for (String name : Formats.names()) {
      AnswerFormat format =
          Formats.of(name).orElseThrow().create(SettingsReader.of(name, Map.of()));
      names.put(format.getClass(), name);
      all.put(name, new ArrayList<>());
    }
    for (Profile profile : ProfileShelf.builtIn().profiles()) {
      for (AnswerRule rule : profile.answers()) {
        String name = names.getOrDefault(rule.format().getClass(), "");
        for (AnswerRule.Sample sample : rule.samples()) {
          all.getOrDefault(name, new ArrayList<>())
              .add(new Subject(rule.format(), sample.answer()));
        }
      }
    }
    return all;
  }

  /// Runs `cases` cases of one form on all processors.
  ///
  /// @throws AssertionError naming the seed of a case in which something else happens
  static Tally run(String format, long cases, long firstSeed) throws InterruptedException {
    List<Subject> subjects = SUBJECTS.getOrDefault(format, List.of());
    if (subjects.isEmpty()) {
      throw new AssertionError("No profile has a sample for the format " + format);
    }
    long start = System.nanoTime();
    AtomicLong next = new AtomicLong();
    AtomicLong read = new AtomicLong();
    AtomicReference<@Nullable AssertionError> broken = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      threads.add(
          Thread.ofPlatform()
              .name("format-fuzz-" + i)
              .start(
                  () -> {
                    try {
                      for (long from = next.getAndAdd(SHARE);
                          from < cases && broken.get() == null;
                          from = next.getAndAdd(SHARE)) {
                        long to = Math.min(cases, from + SHARE);
                        for (long at = from; at < to; at++) {
                          read.addAndGet(one(format, subjects, firstSeed + at) ? 1 : 0);
                        }
                      }
                    } catch (AssertionError failure) {
                      broken.compareAndSet(null, failure);
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    AssertionError failure = broken.get();
    if (failure != null) {
      throw failure;
    }
    return new Tally(format, cases, read.get(), (System.nanoTime() - start) / 1e9);
  }

  private static boolean one(String format, List<Subject> subjects, long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    Subject subject = subjects.get(random.nextInt(subjects.size()));
    String text =
        MutatedAnswers.of(
            subject.answer(), subjects.get(random.nextInt(subjects.size())).answer(), random);
    try {
      requireKnownKinds(subject.format().document(text), 0);
      return true;
    } catch (UnreadableAnswer refused) {
      if (refused.clause().isBlank() || refused.clause().length() > 300) {
        throw broken(format, seed, text, refused);
      }
      return false;
    } catch (Throwable escaped) {
      throw broken(format, seed, text, escaped);
    }
  }

  private static AssertionError broken(String format, long seed, String text, Throwable cause) {
    return new AssertionError(
        "Format %s, seed %d: %s of %s"
            .formatted(format, seed, cause, text.substring(0, Math.min(2000, text.length()))),
        cause);
  }

  private static void requireKnownKinds(Object value, int depth) {
    if (depth > DEPTH_MAX) {
      throw new IllegalStateException("The document is deeper than " + DEPTH_MAX);
    }
    switch (value) {
      case Map<?, ?> map ->
          map.forEach(
              (key, member) -> {
                if (!(key instanceof String)) {
                  throw new IllegalStateException("A key is no text");
                }
                requireKnownKinds(member, depth + 1);
              });
      case List<?> list -> list.forEach(element -> requireKnownKinds(element, depth + 1));
      case String _, Number _, Boolean _ -> {}
      default -> throw new IllegalStateException("The document holds a " + value.getClass());
    }
  }
}
