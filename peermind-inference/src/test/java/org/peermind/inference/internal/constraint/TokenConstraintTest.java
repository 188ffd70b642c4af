// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.peermind.inference.Constraint;
import org.peermind.testkit.Property;

/// Answers of random allowed tokens against Jackson and an independent validator.
class TokenConstraintTest {
  static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  static JsonSchema validator(String schema) {
    SchemaValidatorsConfig config =
        SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(schema, config);
  }

  @Test
  void everyAnswerIsValidByItsSchema_andNeverGetsStuck() {
    AtomicInteger ended = new AtomicInteger();
    Property.forAll(
        1,
        200,
        random -> {
          String schema = new RandomSchema(random).write();
          TokenTrie trie = TokenTrie.of(TestVocabulary.random(random, 600));
          ConstraintCompiler compiler = new ConstraintCompiler(trie, CallSyntax.hermes());
          JsonSchema validator = validator(schema);
          for (int walk = 0; walk < 3; walk++) {
            TokenConstraint constraint =
                ConstrainedWalk.constraint(compiler, new Constraint.JsonSchema(schema));
            ConstrainedWalk answer = ConstrainedWalk.random(trie, constraint, random, 600);
            if (answer.ended()) {
              ended.incrementAndGet();
              JsonNode value = JSON.readTree(answer.text());
              assertThat(validator.validate(value)).as("%s by %s", answer.text(), schema).isEmpty();
            }
          }
        });
    assertThat(ended.get()).isGreaterThan(500);
  }

  @Test
  void everyAnswerOfJsonModeIsAnObject() {
    Property.forAll(
        1,
        60,
        random -> {
          TokenTrie trie = TokenTrie.of(TestVocabulary.random(random, 500));
          ConstraintCompiler compiler = new ConstraintCompiler(trie, CallSyntax.hermes());
          TokenConstraint constraint =
              ConstrainedWalk.constraint(compiler, new Constraint.JsonObject());
          ConstrainedWalk answer = ConstrainedWalk.random(trie, constraint, random, 2_000);
          assertThat(answer.ended()).isTrue();
          assertThat(JSON.readTree(answer.text()).isObject()).isTrue();
        });
  }

  @Test
  void standsAtTheSamePlace_whenTheTokensAreReplayed() {
    Property.forAll(
        1,
        40,
        random -> {
          String schema = new RandomSchema(random).write();
          TokenTrie trie = TokenTrie.of(TestVocabulary.random(random, 400));
          ConstraintCompiler compiler = new ConstraintCompiler(trie, CallSyntax.hermes());
          Constraint wanted = new Constraint.JsonSchema(schema);
          TokenConstraint first = ConstrainedWalk.constraint(compiler, wanted);
          List<Integer> tokens =
              ConstrainedWalk.random(trie, first, random, 1 + random.nextInt(80)).tokens();
          TokenConstraint second =
              ConstrainedWalk.constraint(compiler, new Constraint.JsonSchema(schema));
          tokens.forEach(token -> assertThat(second.advance(token)).isTrue());
          assertThat(second.sameAs(first)).isTrue();

          TokenConstraint elsewhere =
              ConstrainedWalk.constraint(new ConstraintCompiler(trie, CallSyntax.hermes()), wanted);
          tokens.forEach(token -> assertThat(elsewhere.advance(token)).isTrue());
          float[] here = new float[trie.tokens()];
          float[] there = new float[trie.tokens()];
          assertThat(elsewhere.mask(there)).isEqualTo(first.mask(here));
          assertThat(there).isEqualTo(here);
        });
  }

  @Test
  void refusesATokenThatDoesNotFit_andStaysWhereItWas() {
    TokenTrie trie = TokenTrie.of(TestVocabulary.of());
    TokenConstraint constraint =
        ConstrainedWalk.constraint(
            new ConstraintCompiler(trie, CallSyntax.hermes()),
            new Constraint.JsonSchema("{\"type\":\"integer\"}"));

    assertThat(constraint.advance('x')).isFalse();
    assertThat(constraint.advance(TestVocabulary.END)).isFalse();
    assertThat(constraint.advance(TestVocabulary.CONTROL)).isFalse();
    assertThat(constraint.advance(-1)).isFalse();
    assertThat(constraint.advance(trie.tokens())).isFalse();
    assertThat(constraint.advance('7')).isTrue();
    assertThat(constraint.complete()).isTrue();
    assertThat(constraint.advance(TestVocabulary.END)).isTrue();
    assertThat(constraint.advance('7')).isFalse();
    assertThat(constraint.advance(TestVocabulary.END)).isFalse();
  }

  @Test
  void neverWritesWhatUtf8OrJsonForbidInAString() {
    assertThat(accepts("{\"type\":\"string\"}", "\"é日😀\\ud83d\\ude00\\n\\u0000\"")).isTrue();
    for (String bad :
        List.of("\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83dx\"", "\"\n\"", "\"\u0001\"", "\"\\x\"")) {
      assertThat(accepts("{\"type\":\"string\"}", bad)).as(bad).isFalse();
    }
    for (int[] bytes :
        new int[][] {
          {0xc0, 0x80}, {0xed, 0xa0, 0x80}, {0xf4, 0x90, 0x80, 0x80}, {0x80}, {0xff}, {0xe6, '"'}
        }) {
      byte[] text = new byte[bytes.length + 2];
      text[0] = '"';
      text[text.length - 1] = '"';
      for (int i = 0; i < bytes.length; i++) {
        text[i + 1] = (byte) bytes[i];
      }
      assertThat(accepts("{\"type\":\"string\"}", text)).isFalse();
    }
  }

  @Test
  void boundsWhiteSpaceDigitsAndDepth() {
    assertThat(accepts("{}", "[1, 1]")).isTrue();
    assertThat(accepts("{}", "[1,\n1]")).isFalse();
    assertThat(accepts("{}", "[1,  1]")).isFalse();
    assertThat(accepts("{}", "[1,\n\n1]")).isFalse();
    assertThat(accepts("{}", "1".repeat(16))).isTrue();
    assertThat(accepts("{}", "1".repeat(17))).isFalse();
    assertThat(accepts("{}", "[".repeat(64) + "]".repeat(64))).isTrue();
    assertThat(accepts("{}", "[".repeat(65) + "]".repeat(65))).isFalse();
  }

  @Test
  void keepsOtherNamesFromHidingADeclaredProperty() {
    String schema =
        "{\"type\":\"object\",\"properties\":{\"ab\":{\"type\":\"integer\"}},"
            + "\"additionalProperties\":{\"type\":\"string\"}}";
    assertThat(accepts(schema, "{\"ab\":1,\"abc\":\"x\",\"a\":\"y\"}")).isTrue();
    assertThat(accepts(schema, "{\"ab\":\"x\"}")).isFalse();
    assertThat(accepts(schema, "{\"ab\":1,\"ab\":\"x\"}")).isFalse();
    assertThat(accepts(schema, "{\"\\u0061b\":\"x\"}")).isFalse();
  }

  @Test
  void countsCharactersNotBytes() {
    String schema = "{\"type\":\"string\",\"minLength\":2,\"maxLength\":2}";
    for (String two : List.of("ab", "日本", "😀😀", "\\ud83d\\ude00x", "\\n\\n")) {
      assertThat(accepts(schema, "\"" + two + "\"")).as(two).isTrue();
    }
    for (String other : List.of("a", "abc", "😀", "日本語", "")) {
      assertThat(accepts(schema, "\"" + other + "\"")).as(other).isFalse();
    }
  }

  @Test
  void comparesNumbersDigitByDigit() {
    Property.forAll(
        1,
        60,
        random -> {
          int one = random.nextInt(4_001) - 2_000;
          int two = random.nextInt(4_001) - 2_000;
          int low = Math.min(one, two);
          int high = Math.max(one, two);
          String schema = "\"minimum\":%d,\"maximum\":%d}".formatted(low, high);
          Configuration start = start("{\"type\":\"integer\"," + schema);
          for (int value = -2_100; value <= 2_100; value += 1 + random.nextInt(3)) {
            assertThat(accepts(start, Integer.toString(value)))
                .as("%d in %d to %d", value, low, high)
                .isEqualTo(low <= value && value <= high);
          }
        });
  }

  @Test
  void comparesFractionsDigitByDigit() {
    Configuration start = start("{\"type\":\"number\",\"exclusiveMinimum\":-1.25,\"maximum\":0.5}");
    for (String inside : List.of("-1.2499", "-1", "-0.5", "0", "0.0", "0.5", "0.50", "0.49999")) {
      assertThat(accepts(start, inside)).as(inside).isTrue();
    }
    for (String outside : List.of("-1.25", "-1.250", "-1.3", "0.5001", "1", "0.51", "-2", "-0")) {
      assertThat(accepts(start, outside)).as(outside).isFalse();
    }
  }

  static Configuration start(String schema) {
    try {
      Rule rule = ConstraintReader.rule(new Constraint.JsonSchema(schema), CallSyntax.hermes());
      return Configuration.start(java.util.Objects.requireNonNull(rule));
    } catch (SchemaRefusal refusal) {
      throw new AssertionError(refusal.sentence() + " " + schema, refusal);
    }
  }

  static boolean accepts(String schema, String text) {
    return accepts(start(schema), text);
  }

  static boolean accepts(String schema, byte[] text) {
    return start(schema).after(text).complete();
  }

  static boolean accepts(Configuration start, String text) {
    return start.after(text.getBytes(StandardCharsets.UTF_8)).complete();
  }

  @Test
  void leavesOnlyTheEndWhenNothingCanFollow() {
    TokenTrie trie = TokenTrie.of(TestVocabulary.random(new Random(3), 500));
    TokenConstraint constraint =
        ConstrainedWalk.constraint(
            new ConstraintCompiler(trie, CallSyntax.hermes()),
            new Constraint.JsonSchema("{\"const\":true}"));
    for (byte b : "true".getBytes(StandardCharsets.UTF_8)) {
      assertThat(constraint.advance(b)).isTrue();
    }
    float[] logits = new float[trie.tokens()];
    assertThat(constraint.mask(logits)).isTrue();
    List<Integer> left = new ArrayList<>();
    for (int token = 0; token < logits.length; token++) {
      if (logits[token] == 0) {
        left.add(token);
      }
    }
    assertThat(left).containsExactly(TestVocabulary.END);
  }
}
