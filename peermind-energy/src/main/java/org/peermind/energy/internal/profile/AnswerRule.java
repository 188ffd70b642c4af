// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.format.AnswerFormat;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.Quality;

/// What one kind of answer means.
///
/// @param interfaceName its name for `peermind energy decode`, such as `fronius-solarapi-powerflow`
/// @param otherNames `also`: names of other forms of the same answer that the format reads as well
/// @param alias what other answers of the profile call its document, as in `$meters`
/// @param names `let`: expressions computed first, in order; each can be used as `$name`
/// @param refusals conditions under which no reading results
/// @param qualities the first condition that holds says the quality
/// @param fields for every role, the expression of each quantity
/// @param optional whether the device's reading stands without this answer
/// @param request the section that the transport understands, null when a file is all there is
public record AnswerRule(
    String interfaceName,
    List<String> otherNames,
    String alias,
    AnswerFormat format,
    SequencedMap<String, Expression> names,
    List<Refusal> refusals,
    List<QualityRule> qualities,
    Map<DeviceRole, Map<ReadingField, Expression>> fields,
    boolean optional,
    Map<String, @Nullable Object> request,
    List<Sample> samples) {

  /// `because` is an expression that gives a clause.
  public record Refusal(Expression when, Expression because) {}

  public record QualityRule(Expression when, Quality quality, Expression because) {}

  /// An answer of the device and what must be read from it.
  ///
  /// @param expected names of fields with numbers or words; null means unknown; `quality` too
  /// @param answers of the other answers of the profile that this one needs, by alias
  /// @param options that the sample was taken with, where they are not the defaults
  public record Sample(
      String name,
      SampleOrigin origin,
      DeviceRole role,
      String answer,
      Map<String, String> answers,
      Map<String, String> options,
      Map<String, @Nullable Object> expected) {
    public Sample {
      options = Map.copyOf(options);
      answers = Map.copyOf(answers);
      expected = Collections.unmodifiableMap(new LinkedHashMap<>(expected));
    }
  }

  /// Whether `name` is one of its names.
  public boolean isCalled(String name) {
    return interfaceName.equals(name) || otherNames.contains(name);
  }

  public AnswerRule {
    otherNames = List.copyOf(otherNames);
    names = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(names));
    refusals = List.copyOf(refusals);
    qualities = List.copyOf(qualities);
    fields = Map.copyOf(fields);
    request = Collections.unmodifiableMap(new LinkedHashMap<>(request));
    samples = List.copyOf(samples);
  }
}
