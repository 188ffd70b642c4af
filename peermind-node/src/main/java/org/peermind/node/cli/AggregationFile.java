// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.peermind.federated.aggregation.Aggregation;
import org.peermind.federated.aggregation.AggregationRule;
import org.peermind.federated.aggregation.AggregationRule.CentredClipping;
import org.peermind.federated.aggregation.AggregationRule.CoordinateMedian;
import org.peermind.federated.aggregation.AggregationRule.GeometricMedian;
import org.peermind.federated.aggregation.AggregationRule.Krum;
import org.peermind.federated.aggregation.AggregationRule.MixedTrimmedMean;
import org.peermind.federated.aggregation.AggregationRule.MultiKrum;
import org.peermind.federated.aggregation.AggregationRule.TrimmedMean;
import org.peermind.federated.aggregation.AggregationRule.WeightedMean;
import org.peermind.federated.aggregation.Clip;

/// What `peermind federated aggregate` reads.
final class AggregationFile {
  private static final double SMOOTHING = 1e-6;
  private static final int WEISZFELD_STEPS = 32;
  private static final int CLIPPING_STEPS = 1;
  private static final Set<String> SHARED = Set.of("vectors", "weights", "rule", "clip");

  private final Path file;
  private final JsonNode json;
  private final String ruleName;
  private final AggregationRule rule;
  private final List<Integer> clipped = new ArrayList<>();
  private final List<float[]> vectors = new ArrayList<>();
  private final List<Double> weights = new ArrayList<>();
  private final float[] centre;

  private AggregationFile(Path file, JsonNode json) throws CommandFailed {
    this.file = file;
    this.json = json;
    JsonNode name = json.path("rule");
    ruleName = name.isTextual() ? name.textValue() : "";
    try {
      rule = readRule();
    } catch (IllegalArgumentException outOfRange) {
      throw new CommandFailed(
          ExitCode.FAILED, "%s: %s".formatted(file, outOfRange.getMessage()), outOfRange);
    }
    readVectors();
    for (JsonNode weight : list("weights")) {
      if (!weight.isNumber()) {
        throw wrong("weights[%d] must be a number".formatted(weights.size()));
      }
      weights.add(weight.doubleValue());
    }
    centre = json.path("centre").isMissingNode() ? new float[0] : floats("centre", list("centre"));
  }

  /// @throws CommandFailed with one sentence when the object is not as it must be
  static AggregationFile read(Path file, JsonNode json) throws CommandFailed {
    return new AggregationFile(file, json);
  }

  AggregationRule rule() {
    return rule;
  }

  String ruleName() {
    return ruleName;
  }

  /// The vectors, clipped where the file says so.
  List<float[]> vectors() {
    return vectors;
  }

  List<Double> weights() {
    return weights;
  }

  /// Empty when the file gives none.
  float[] centre() {
    return centre.clone();
  }

  /// Indices of vectors that were shortened.
  List<Integer> clipped() {
    return clipped;
  }

  private CommandFailed wrong(String clause) {
    return new CommandFailed(ExitCode.FAILED, file + ": " + clause + ".");
  }

  private AggregationRule readRule() throws CommandFailed {
    return switch (ruleName) {
      case "weighted-mean" -> only(new WeightedMean());
      case "median" -> only(new CoordinateMedian());
      case "trimmed-mean" -> only(new TrimmedMean(number("trim", Optional.empty())), "trim");
      case "mixed-trimmed-mean" ->
          only(new MixedTrimmedMean(number("trim", Optional.empty())), "trim");
      case "krum" -> only(new Krum(whole("f", Optional.empty())), "f");
      case "multi-krum" ->
          only(new MultiKrum(whole("f", Optional.empty()), whole("m", Optional.empty())), "f", "m");
      case "geometric-median" ->
          only(
              new GeometricMedian(
                  number("smoothing", Optional.of(SMOOTHING)),
                  whole("iterations", Optional.of(WEISZFELD_STEPS))),
              "smoothing",
              "iterations");
      case "centred-clipping" ->
          only(
              new CentredClipping(
                  number("radius", Optional.empty()),
                  whole("iterations", Optional.of(CLIPPING_STEPS))),
              "radius",
              "iterations",
              "centre");
      default ->
          throw wrong(
              "rule must be weighted-mean, trimmed-mean, mixed-trimmed-mean, median, krum,"
                  + " multi-krum, geometric-median or centred-clipping");
    };
  }

  /// A parameter of another rule is an error: whoever wrote it expects it to count.
  private AggregationRule only(AggregationRule read, String... fields) throws CommandFailed {
    Set<String> known = new HashSet<>(SHARED);
    known.addAll(List.of(fields));
    for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
      if (!known.contains(names.next())) {
        throw wrong(
            "the rule %s takes only the fields %s"
                .formatted(ruleName, String.join(", ", known.stream().sorted().toList())));
      }
    }
    return read;
  }

  private double number(String field, Optional<Double> standard) throws CommandFailed {
    JsonNode given = json.path(field);
    if (given.isMissingNode() && standard.isPresent()) {
      return standard.get();
    }
    if (!given.isNumber()) {
      throw wrong("the rule %s needs %s, a number".formatted(ruleName, field));
    }
    return given.doubleValue();
  }

  private int whole(String field, Optional<Integer> standard) throws CommandFailed {
    JsonNode given = json.path(field);
    if (given.isMissingNode() && standard.isPresent()) {
      return standard.get();
    }
    if (!given.isIntegralNumber() || !given.canConvertToInt()) {
      throw wrong("the rule %s needs %s, a whole number".formatted(ruleName, field));
    }
    return given.intValue();
  }

  private JsonNode list(String field) throws CommandFailed {
    JsonNode given = json.path(field);
    if (!given.isArray() && !given.isMissingNode()) {
      throw wrong(field + " must be a list of numbers");
    }
    return given;
  }

  private void readVectors() throws CommandFailed {
    JsonNode given = json.path("vectors");
    if (!given.isArray() || given.isEmpty() || given.size() > Aggregation.VECTORS_MAX) {
      throw wrong("vectors must be a list of 1 to %d vectors".formatted(Aggregation.VECTORS_MAX));
    }
    for (JsonNode numbers : given) {
      String name = "vectors[%d]".formatted(vectors.size());
      if (!numbers.isArray()) {
        throw wrong(name + " must be a list of numbers");
      }
      float[] vector = floats(name, numbers);
      vectors.add(json.has("clip") ? clip(vector) : vector);
    }
  }

  private float[] clip(float[] vector) throws CommandFailed {
    double norm = number("clip", Optional.empty());
    if (!(norm > 0) || !Double.isFinite(norm)) {
      throw wrong("clip must be a norm above 0");
    }
    if (Aggregation.here().norm(vector) > norm) {
      clipped.add(vectors.size());
    }
    return Clip.toNorm(vector, norm);
  }

  private float[] floats(String name, JsonNode numbers) throws CommandFailed {
    float[] floats = new float[numbers.size()];
    for (int index = 0; index < floats.length; index++) {
      JsonNode number = numbers.path(index);
      floats[index] = number.floatValue();
      if (!number.isNumber() || !Float.isFinite(floats[index])) {
        throw wrong("%s[%d] must be a finite number of 32 bits".formatted(name, index));
      }
    }
    return floats;
  }

  /// What the rule does where definitions differ.
  List<String> conventions() {
    int n = vectors.size();
    List<String> said = new ArrayList<>();
    said.add(
        "Numbers are 32-bit floats; the order of all floating-point operations is fixed, so that"
            + " every machine gets the same bits.");
    if (json.has("clip")) {
      said.add("Vectors longer than clip are scaled to that norm first; distances are to those.");
    }
    switch (rule) {
      case WeightedMean _ -> said.add("The weights are divided by their sum.");
      case TrimmedMean trimmed ->
          said.add(
              "Of each coordinate floor(trim * n) = %d smallest and as many largest of %d values are left out, then the plain mean is taken; equal values are alike."
                  .formatted(trimmed.cut(n), n));
      case MixedTrimmedMean mixed ->
          said.add(
              "With t = floor(trim * n) = %d each vector becomes the plain mean of itself and its nearest others, %d in all, of equally near ones the first; then t values are cut off at each end of each coordinate."
                  .formatted(mixed.cut(n), n - mixed.cut(n)));
      case CoordinateMedian _ ->
          said.add(
              "The middle value of each coordinate; of an even number the mean of the two in the"
                  + " middle.");
      case Krum(int f) -> krum(said, f);
      case MultiKrum(int f, int m) -> {
        krum(said, f);
        said.add(
            "The %d vectors with the least scores are averaged, with their weights when given; the scores are not weighted. Selected indices are listed in ascending order."
                .formatted(m));
      }
      case GeometricMedian(double smoothing, int iterations) ->
          said.add(
              "Over whole vectors, not by coordinate: %d Weiszfeld steps from the weighted mean or the coordinate median, whichever has the less sum of distances; distances below %s count as %s."
                  .formatted(iterations, smoothing, smoothing));
      case CentredClipping(double radius, int iterations) ->
          said.add(
              "%d times the centre (%s at first) moves by the weighted mean of the differences from it, each shortened to %s."
                  .formatted(iterations, centre.length == 0 ? "zeros" : "as given", radius));
    }
    return said;
  }

  private void krum(List<String> said, int f) {
    int n = vectors.size();
    said.add(
        "A score is the sum of squared distances to the max(1, n - f - 2) = %d nearest others; the vector itself is left out by its index, a duplicate of it counts. Of equal scores the lowest index is chosen."
            .formatted(Math.max(1, n - f - 2)));
    if (n < 2 * f + 3) {
      said.add(
          "With n = %d < 2 f + 3 = %d the proof of Krum does not hold.".formatted(n, 2 * f + 3));
    }
  }
}
