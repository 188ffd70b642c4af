// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.inference.Constraint;
import org.peermind.inference.ConstraintCheck;
import org.peermind.inference.ToolDefinition;
import org.peermind.testkit.Property;

/// What is refused, with what sentence, and at what cost.
class ConstraintCheckTest {
  private static final long HOSTILE_CPU_MILLIS_MAX = 50;
  private static final long ANY_CPU_MILLIS_MAX = 1_500;

  private static Optional<String> check(String schema) {
    return ConstraintCheck.check(new Constraint.JsonSchema(schema));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"not\":{}} | keyword not at # cannot be enforced",
        "{\"properties\":{\"a/b\":{\"uniqueItems\":true}}} | uniqueItems at #/properties/a~1b",
        "{\"items\":{\"contains\":{}}} | keyword contains at #/items",
        "{\"anyOf\":[true,{\"if\":{}}]} | keyword if at #/anyOf/1",
        "{\"patternProperties\":{}} | patternProperties",
        "{\"colour\":1} | keyword colour at # is not known",
        "{\"$ref\":\"http://x/y\"} | $ref at #",
        "{\"$ref\":\"#/$defs/none\"} | names a place that does not exist",
        "{\"$ref\":\"#\"} | No value",
        "{\"allOf\":[{\"$ref\":\"#\"}]} | circle",
        "{\"type\":\"text\"} | type at #",
        "{\"type\":\"string\",\"pattern\":\"(?=a)b\"} | looks around",
        "{\"type\":\"string\",\"pattern\":\"(a)\\\\1\"} | escape",
        "{\"type\":\"string\",\"pattern\":\"a(\"} | open group",
        "{\"type\":\"string\",\"pattern\":\"a{2000}\"} | repeats more than 1000",
        "{\"type\":\"string\",\"pattern\":\"a\",\"maxLength\":5000} | maxLength at #",
        "{\"type\":\"number\",\"multipleOf\":0.3} | multipleOf at #",
        "{\"type\":\"number\",\"minimum\":1e1000000000} | minimum at #",
        "{\"type\":\"array\",\"minItems\":1e1000000000} | minItems at #",
        "{\"type\":\"array\",\"minItems\":-1} | minItems at #",
        "{\"type\":\"object\",\"minProperties\":3} | minProperties at #",
        "{\"enum\":[]} | No value",
        "false | No value",
        "{\"type\":\"string\",\"minLength\":3,\"maxLength\":2} | No value",
        "{\"type\":\"integer\",\"minimum\":3,\"maximum\":2} | No value",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]} | No"
            + " value",
        "{\"enum\":[1],\"minimum\":0} | minimum at # cannot be enforced beside enum",
        "{\"enum\":[\"\\ud800\"]} | surrogate",
        "{\"a\":1,\"a\":2} | not valid JSON",
        "[1] | must be an object",
        "{\"properties\":5} | properties at # must be an object",
        "{\"allOf\":[{\"pattern\":\"a\"},{\"pattern\":\"b\"}]} | two different values",
        "nonsense | not valid JSON",
      })
  void namesWhatItCannotEnforce(String schema, String sentence) {
    assertThat(check(schema)).hasValueSatisfying(said -> assertThat(said).contains(sentence));
  }

  @Test
  void acceptsAnnotationsAndWhatTheLibrariesOfOthersWrite() {
    for (String schema :
        List.of(
            "{}",
            "true",
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"T\","
                + "\"default\":1,\"examples\":[1],\"x-mine\":{},\"type\":\"integer\"}",
            "{\"type\":\"string\",\"format\":\"nobody-knows\"}",
            "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}],\"default\":null}",
            "{\"$defs\":{\"A\":{\"enum\":[\"x\",\"y\"],\"title\":\"A\",\"type\":\"string\"}},"
                + "\"properties\":{\"a\":{\"allOf\":[{\"$ref\":\"#/$defs/A\"}],\"default\":\"x\"}},"
                + "\"required\":[\"a\"],\"type\":\"object\"}",
            "{\"type\":\"array\",\"uniqueItems\":false,\"items\":{\"type\":\"number\"}}")) {
      assertThat(check(schema)).as(schema).isEmpty();
    }
  }

  @Test
  void acceptsConstraintsWithoutASchema_andNamesTheToolAtFault() {
    assertThat(ConstraintCheck.check(new Constraint.None())).isEmpty();
    assertThat(ConstraintCheck.check(new Constraint.JsonObject())).isEmpty();
    ToolDefinition tool = new ToolDefinition("look", "", "{\"not\":{}}");
    assertThat(
            ConstraintCheck.check(
                new Constraint.Tools(List.of(tool), Optional.empty(), false, false)))
        .hasValueSatisfying(said -> assertThat(said).startsWith("Tool look: "));
  }

  private static long cpuMillis(Runnable task) {
    long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    task.run();
    return (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before) / 1_000_000;
  }

  @Test
  void refusesHostileNestingAtOnce() {
    check("{}");
    for (String hostile :
        List.of(
            "[".repeat(60_000),
            "{\"a\":".repeat(60_000),
            "[".repeat(30_000) + "]".repeat(30_000),
            "{\"items\":".repeat(5_000) + "{}" + "}".repeat(5_000),
            "\"" + "a".repeat(2_000_000) + "\"")) {
      long millis = cpuMillis(() -> assertThat(check(hostile)).isPresent());
      assertThat(millis).isLessThan(HOSTILE_CPU_MILLIS_MAX);
    }
  }

  @Test
  void boundsWhatSmallTextsMultiply() {
    String nested = "(((((a{9}b{9}){9}){9}){9}){9}|c{999}){9}";
    String exponential = "(a|b)*a(a|b){200}";
    StringBuilder ands = new StringBuilder("{\"allOf\":[");
    for (int i = 0; i < 900; i++) {
      ands.append("{\"anyOf\":[{\"minimum\":").append(i).append("},{\"maxLength\":3}]},");
    }
    ands.append("{}]}");
    String doubling =
        "{\"$defs\":{\"a\":{\"allOf\":[{\"$ref\":\"#/$defs/b\"},{\"$ref\":\"#/$defs/b\"}]},"
            + "\"b\":{\"allOf\":[{\"$ref\":\"#/$defs/c\"},{\"$ref\":\"#/$defs/c\"}]},"
            + "\"c\":{\"allOf\":[{\"$ref\":\"#/$defs/a\"}]}},\"$ref\":\"#/$defs/a\"}";
    StringBuilder patterns = new StringBuilder("{\"properties\":{");
    for (int i = 0; i < 500; i++) {
      patterns.append("\"p").append(i).append("\":{\"pattern\":\"[a-z]{50}.{20}").append(i);
      patterns.append("\"},");
    }
    patterns.append("\"z\":{}}}");
    for (String hostile :
        List.of(
            "{\"pattern\":\"" + nested + "\"}",
            "{\"pattern\":\"" + exponential + "\"}",
            ands.toString(),
            doubling,
            patterns.toString())) {
      long millis = cpuMillis(() -> assertThat(check(hostile)).isPresent());
      assertThat(millis).as(hostile.substring(0, 30)).isLessThan(ANY_CPU_MILLIS_MAX);
    }
  }

  @Test
  void refusesOrAcceptsEveryMutant_andNothingElse() {
    Property.forAll(
        1,
        60,
        random -> {
          byte[] schema = new RandomSchema(random).write().getBytes(StandardCharsets.UTF_8);
          for (int mutant = 0; mutant < 50; mutant++) {
            byte[] text = schema.clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
              int at = random.nextInt(text.length);
              text[at] =
                  random.nextBoolean()
                      ? (byte) "{}[]\",:0129-.eE\\$/#atn".charAt(random.nextInt(22))
                      : text[random.nextInt(text.length)];
            }
            String mutated = new String(text, StandardCharsets.UTF_8);
            check(mutated).ifPresent(said -> assertThat(said).endsWith("."));
          }
        });
  }
}
