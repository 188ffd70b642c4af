// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.internal.constraint.DecimalRange.Bound;
import org.peermind.inference.internal.constraint.Rule.Scan;
import org.peermind.inference.internal.constraint.Rule.Sequence;

/// Rules of strings and numbers.
final class ScalarRules {
  private static final int PATTERN_CHARACTERS_MAX = 1_000;

  /// The longest length that can be counted beside a pattern or format, by states.
  private static final int COUNTED_BESIDE_PATTERN_MAX = 300;

  private final CompileBudget budget;

  ScalarRules(CompileBudget budget) {
    this.budget = budget;
  }

  Rule string(ObjectNode schema, String pointer) throws SchemaRefusal {
    int min = SchemaKeywords.count(schema, "minLength", pointer).orElse(0);
    OptionalInt longest = SchemaKeywords.count(schema, "maxLength", pointer);
    boolean counted = min > 0 || longest.isPresent();
    Optional<Dfa> form = form(schema, pointer);
    if (form.isEmpty()) {
      return counted
          ? new Sequence(
              new Scan(JsonText.literal("\"", budget)),
              new Scan(JsonText.STRING_REST, min, longest.orElse(Integer.MAX_VALUE)))
          : new Scan(JsonText.STRING);
    }
    if (!counted) {
      return new Scan(form.get());
    }
    if (Math.max(min, longest.orElse(0)) > COUNTED_BESIDE_PATTERN_MAX) {
      String keyword = longest.isPresent() ? "maxLength" : "minLength";
      throw SchemaKeywords.refusal(
          keyword,
          pointer,
          "can be at most %d beside pattern or format; put the length into the pattern"
              .formatted(COUNTED_BESIDE_PATTERN_MAX));
    }
    Dfa length = JsonText.stringOfLength(min, longest.orElse(-1), budget);
    return new Scan(form.get().and(length, budget));
  }

  private Optional<Dfa> form(ObjectNode schema, String pointer) throws SchemaRefusal {
    Optional<String> pattern = SchemaKeywords.text(schema, "pattern", pointer);
    Optional<String> format = SchemaKeywords.text(schema, "format", pointer);
    Optional<Dfa> strings =
        format.isPresent() ? StringFormat.strings(format.get(), budget) : Optional.empty();
    if (pattern.isEmpty()) {
      return strings;
    }
    if (pattern.get().length() > PATTERN_CHARACTERS_MAX) {
      throw SchemaKeywords.refusal(
          "pattern", pointer, "has more than " + PATTERN_CHARACTERS_MAX + " characters");
    }
    Dfa matching;
    try {
      matching = RegexCompiler.search(pattern.get(), budget);
    } catch (SchemaRefusal refusal) {
      throw SchemaKeywords.refusal("pattern", pointer, "cannot be enforced: " + refusal.sentence());
    }
    return Optional.of(strings.isPresent() ? strings.get().and(matching, budget) : matching);
  }

  Rule number(ObjectNode schema, boolean integer, String pointer) throws SchemaRefusal {
    Bound low =
        stricter(
            SchemaKeywords.number(schema, "minimum", pointer),
            SchemaKeywords.number(schema, "exclusiveMinimum", pointer),
            1);
    Bound high =
        stricter(
            SchemaKeywords.number(schema, "maximum", pointer),
            SchemaKeywords.number(schema, "exclusiveMaximum", pointer),
            -1);
    Optional<BigDecimal> step = SchemaKeywords.number(schema, "multipleOf", pointer);
    if (step.isPresent()) {
      return new Scan(multiples(step.get(), low, high, integer, pointer));
    }
    if (low == null && high == null) {
      return new Scan(integer ? JsonText.INTEGER : JsonText.NUMBER);
    }
    return new Scan(
        integer
            ? DecimalRange.integersBetween(low, high, budget)
            : DecimalRange.between(low, high, -1, budget));
  }

  /// Multiples of a whole number, and of 0.1, 0.01 and so on, which say how many digits follow the
  /// point.
  private Dfa multiples(
      BigDecimal step, @Nullable Bound low, @Nullable Bound high, boolean integer, String pointer)
      throws SchemaRefusal {
    BigDecimal plain = step.signum() > 0 ? step.stripTrailingZeros() : step;
    if (plain.signum() > 0 && plain.scale() <= 0) {
      if (plain.compareTo(BigDecimal.valueOf(DecimalRange.MULTIPLE_MAX)) <= 0) {
        Dfa range = DecimalRange.integersBetween(low, high, budget);
        return range.and(DecimalRange.multiplesOf(plain.intValueExact(), budget), budget);
      }
    } else if (plain.signum() > 0 && plain.unscaledValue().equals(java.math.BigInteger.ONE)) {
      return integer
          ? DecimalRange.integersBetween(low, high, budget)
          : DecimalRange.between(low, high, plain.scale(), budget);
    }
    throw SchemaKeywords.refusal(
        "multipleOf",
        pointer,
        "can only be a whole number up to %d, or 0.1, 0.01 and so on"
            .formatted(DecimalRange.MULTIPLE_MAX));
  }

  /// @param sign 1 when the larger bound is stricter, -1 when the smaller one is
  private static @Nullable Bound stricter(
      Optional<BigDecimal> closed, Optional<BigDecimal> open, int sign) {
    if (open.isPresent()
        && (closed.isEmpty() || Integer.signum(open.get().compareTo(closed.get())) != -sign)) {
      return new Bound(open.get(), true);
    }
    return closed.map(value -> new Bound(value, false)).orElse(null);
  }
}
