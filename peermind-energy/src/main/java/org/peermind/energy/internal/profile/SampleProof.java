// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.format.UnreadableAnswer;
import org.peermind.energy.spi.SettingsException;

/// Decodes the samples that a profile carries and compares them with what it promises. A profile
/// that reads its own device wrongly never gets as far as a device.
final class SampleProof {
  private static final double TOLERANCE = 1e-6;

  private SampleProof() {}

  /// @throws SettingsException with one sentence per sample that decodes to something else
  static void check(Profile profile) {
    List<String> problems = new ArrayList<>();
    for (AnswerRule answer : profile.answers()) {
      if (answer.samples().isEmpty() && !answer.fields().isEmpty()) {
        problems.add(
            "%s: %s carries no sample; add an answer of the device and what it means."
                .formatted(profile.origin(), answer.interfaceName()));
      }
      for (AnswerRule.Sample sample : answer.samples()) {
        String difference = difference(profile, answer, sample);
        if (difference != null) {
          problems.add(
              "%s: the sample '%s' of %s does not decode to what it promises: %s."
                  .formatted(profile.origin(), sample.name(), answer.interfaceName(), difference));
        }
      }
    }
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
  }

  private static @Nullable String difference(
      Profile profile, AnswerRule answer, AnswerRule.Sample sample) {
    Map<String, Object> variables = new HashMap<>();
    profile
        .options()
        .forEach(
            (name, option) -> {
              if (option.otherwise() != null) {
                variables.put(name, option.otherwise());
              }
            });
    variables.putAll(sample.options());
    try {
      for (AnswerRule other : profile.answers()) {
        String text = sample.answers().get(other.alias());
        if (text != null) {
          variables.put(other.alias(), other.format().document(text));
        }
      }
    } catch (UnreadableAnswer unreadable) {
      return unreadable.clause();
    }
    return switch (Decoder.decode(
        answer, sample.role(), sample.answer(), variables, Instant.EPOCH)) {
      case Decoder.Decoded.Refused(String clause) ->
          Objects.equals(sample.expected().get("quality"), "error") ? null : clause;
      case Decoder.Decoded.Read(var reading) -> {
        Map<String, @Nullable Object> read = ReadingReport.of(reading);
        for (Map.Entry<String, @Nullable Object> expected :
            new TreeMap<>(sample.expected()).entrySet()) {
          if (!read.containsKey(expected.getKey())) {
            yield "there is no quantity called '%s'".formatted(expected.getKey());
          }
          Object actual = read.get(expected.getKey());
          if (!same(expected.getValue(), actual)) {
            yield "%s is %s where %s is promised"
                .formatted(expected.getKey(), word(actual), word(expected.getValue()));
          }
        }
        yield null;
      }
    };
  }

  private static boolean same(@Nullable Object expected, @Nullable Object actual) {
    if (expected instanceof Number e && actual instanceof Number a) {
      return Math.abs(e.doubleValue() - a.doubleValue())
          <= TOLERANCE * Math.max(1, Math.abs(e.doubleValue()));
    }
    if (expected instanceof java.util.Date date) { // what YAML makes of an unquoted timestamp
      return date.toInstant().toString().equals(actual);
    }
    return expected == null
        ? actual == null
        : actual != null && expected.toString().equals(actual.toString());
  }

  private static String word(@Nullable Object value) {
    return value == null ? "unknown" : value.toString();
  }
}
