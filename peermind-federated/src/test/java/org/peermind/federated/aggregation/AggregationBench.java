// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.peermind.federated.aggregation.AggregationRule.CoordinateMedian;
import org.peermind.federated.aggregation.AggregationRule.GeometricMedian;
import org.peermind.federated.aggregation.AggregationRule.TrimmedMean;
import org.peermind.federated.aggregation.AggregationRule.WeightedMean;

/// How fast ten vectors are aggregated beside numpy with its BLAS, in turns and on one thread each;
/// checks, refusals and the new array are part of ours. Gigabytes a second of what is read and
/// written once.
///
/// Memory that a process has for the first time costs more than the work: the system zeroes each of
/// its pages. So all of the heap is used once before, and numpy writes where it can write again.
@Tag("bench")
class AggregationBench {
  private static final int ROUNDS = Integer.getInteger("peermind.bench.rounds", 5);
  private static final int LENGTH = Integer.getInteger("peermind.bench.length", 10_000_000);
  private static final int SORTED = LENGTH / 5;
  private static final int VECTORS = 10;
  private static final int WARM_RUNS = 6;
  private static final int TIMED_RUNS = 3;
  private static final int PIECE_BYTES = 1 << 16;

  private static final String YARDSTICK =
      """
      import sys, time
      import numpy
      length, sorted_length, vectors, runs = map(int, sys.argv[1:])
      random = numpy.random.default_rng(1)
      x = random.standard_normal((vectors, length), dtype=numpy.float32)
      weights = numpy.full(vectors, 1 / vectors, dtype=numpy.float32)
      few = numpy.ascontiguousarray(x[:, :sorted_length])
      cut = vectors // 5
      def say(name, size, work):
          best = float("inf")
          for _ in range(runs):
              begin = time.perf_counter()
              work()
              best = min(best, time.perf_counter() - begin)
          print(name, size / best / 1e9, flush=True)
      mean = numpy.zeros(length, dtype=numpy.float32)
      median = numpy.zeros(sorted_length, dtype=numpy.float32)
      say("mean", 4 * length * (vectors + 1), lambda: numpy.dot(weights, x, out=mean))
      say("gram", 4 * length * vectors, lambda: x @ x.T)
      say("median", 4 * sorted_length * (vectors + 1),
          lambda: numpy.median(few, axis=0, out=median))
      say("trimmed", 4 * sorted_length * (vectors + 1),
          lambda: numpy.sort(few, axis=0)[cut:vectors - cut].mean(0))
      """;

  private final List<float[]> vectors = random(LENGTH);
  private final List<float[]> few =
      vectors.stream().map(vector -> Arrays.copyOf(vector, SORTED)).toList();
  private final Map<String, List<Double>> figures = new HashMap<>();

  private static List<float[]> random(int length) {
    Random random = new Random(1);
    List<float[]> vectors = new ArrayList<>();
    for (int index = 0; index < VECTORS; index++) {
      float[] vector = new float[length];
      for (int place = 0; place < length; place++) {
        vector[place] = (float) random.nextGaussian();
      }
      vectors.add(vector);
    }
    return vectors;
  }

  @Test
  void saysHowFastVectorsAreAggregated_besideBlas() throws Exception {
    useAllOfTheHeap();
    Aggregation ours = Aggregation.here();
    for (int run = 0; run < WARM_RUNS; run++) {
      measure(ours, "warm ");
    }
    for (int round = 0; round < ROUNDS; round++) {
      yardstick();
      measure(ours, "");
      measure(new Aggregation(new ScalarKernels(), Spread.SEQUENTIAL), "scalar ");
    }
    figures.keySet().removeIf(name -> name.startsWith("warm"));
    figures.keySet().stream()
        .sorted()
        .forEach(name -> System.out.printf("%-24s %8.3f GB/s%n", name, median(name)));
    ratio("mean", "numpy mean");
    ratio("krum", "numpy gram");
    ratio("median", "numpy median");
    ratio("trimmed", "numpy trimmed");
  }

  private static void useAllOfTheHeap() {
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    List<byte[]> pieces = new ArrayList<>();
    for (long left = (runtime.maxMemory() - used) / 10 * 8; left > 0; left -= PIECE_BYTES) {
      pieces.add(new byte[PIECE_BYTES]);
    }
    assertThat(pieces).isNotEmpty();
  }

  private void ratio(String ours, String theirs) {
    System.out.printf("%s / %s: %.2f%n", ours, theirs, median(ours) / median(theirs));
    assertThat(median(ours)).isPositive();
  }

  private double median(String name) {
    List<Double> values = figures.getOrDefault(name, List.of()).stream().sorted().toList();
    return values.get(values.size() / 2);
  }

  private void measure(Aggregation ours, String prefix) {
    long bytes = 4L * LENGTH * (VECTORS + 1);
    long sorted = 4L * SORTED * (VECTORS + 1);
    VectorMaths maths = ours.maths();
    float[][] x = vectors.toArray(float[][]::new);
    say(prefix + "mean", bytes, () -> aggregate(ours, new WeightedMean(), vectors));
    say(prefix + "krum", 4L * LENGTH * VECTORS, () -> maths.squaredDistances(x));
    say(prefix + "median", sorted, () -> aggregate(ours, new CoordinateMedian(), few));
    say(prefix + "trimmed", sorted, () -> aggregate(ours, new TrimmedMean(0.2), few));
    say(
        prefix + "geometric step",
        sorted,
        () -> aggregate(ours, new GeometricMedian(1e-6, 1), few));
  }

  private static void aggregate(Aggregation ours, AggregationRule rule, List<float[]> vectors) {
    assertThat(ours.aggregate(rule, vectors, List.of(), new float[0]))
        .isInstanceOf(Aggregate.class);
  }

  private void say(String name, long bytes, Runnable work) {
    double best =
        IntStream.range(0, TIMED_RUNS)
            .mapToDouble(
                _ -> {
                  long begin = System.nanoTime();
                  work.run();
                  return bytes / (double) (System.nanoTime() - begin);
                })
            .max()
            .orElseThrow();
    figures.computeIfAbsent(name, _ -> new ArrayList<>()).add(best);
  }

  private void yardstick() throws Exception {
    List<String> command = new ArrayList<>(List.of("python3", "-c", YARDSTICK));
    for (int number : new int[] {LENGTH, SORTED, VECTORS, TIMED_RUNS}) {
      command.add(Integer.toString(number));
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("OPENBLAS_NUM_THREADS", "1");
    builder.environment().put("OMP_NUM_THREADS", "1");
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(out).isZero();
    for (String line : out.lines().toList()) {
      String[] words = line.split(" ", 2);
      figures
          .computeIfAbsent("numpy " + words[0], _ -> new ArrayList<>())
          .add(Double.parseDouble(words[1]));
    }
  }
}
