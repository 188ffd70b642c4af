// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Constraint;
import org.peermind.inference.NativesAtHand;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.child.EngineLoop;
import org.peermind.inference.internal.natives.LlamaModel;
import org.peermind.inference.internal.natives.PromptRenderer;
import org.peermind.inference.internal.text.TokenSampler;

/// The demo model under constraints that it does not know.
class ConstrainedModelTest {
  private static final String DEMO = "/org/peermind/model/demo/peermind-demo.gguf";
  private static final int TOKENS_MAX = 160;
  private static final List<String> SCHEMAS =
      List.of(
          "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":12},"
              + "\"age\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":120},\"mood\":{\"enum\":"
              + "[\"glad\",\"sad\"]}},\"required\":[\"name\",\"age\",\"mood\"]}",
          "{\"type\":\"array\",\"items\":{\"type\":\"number\",\"minimum\":0,\"maximum\":1},"
              + "\"minItems\":2,\"maxItems\":3}",
          "{\"type\":\"string\",\"format\":\"date-time\"}");

  @Test
  void answersAreValidByTheirSchema_atEveryTemperature_andReplay(@TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("demo.gguf");
    try (InputStream demo =
        Objects.requireNonNull(org.peermind.model.ModelDigest.class.getResourceAsStream(DEMO))) {
      Files.copy(demo, file);
    }
    try (LlamaModel model =
        NativesAtHand.BUNDLED.open(directory).load(file, EngineLoop.shape(512, 1, 1), _ -> {})) {
      TokenTrie trie = TokenTrie.of(new ModelVocabulary(model));
      ConstraintCompiler compiler = new ConstraintCompiler(trie, CallSyntax.hermes());
      Prompt question = Prompt.chat(List.of(new ChatMessage("user", "Who lives by the sea?")));
      PromptRenderer.Result rendered = PromptRenderer.of(model).render(question, Optional.empty());
      List<Integer> prompt = ((PromptRenderer.Result.Tokens) rendered).ids();
      for (String schema : SCHEMAS) {
        for (double temperature : new double[] {0, 0.8, 2}) {
          for (int seed = 0; seed < 4; seed++) {
            Sampling sampling = new Sampling(temperature, 1, seed);
            Constraint wanted = new Constraint.JsonSchema(schema);
            List<Integer> tokens = answer(model, compiler, wanted, sampling, prompt);
            JsonNode value = TokenConstraintTest.JSON.readTree(text(trie, tokens));
            assertThat(TokenConstraintTest.validator(schema).validate(value))
                .as("%s by %s", value, schema)
                .isEmpty();
            TokenConstraint again = ConstrainedWalk.constraint(compiler, wanted);
            tokens.forEach(token -> assertThat(again.advance(token)).isTrue());
            assertThat(again.allows(tokens.getLast())).isFalse(); // the end is over
          }
        }
      }
    }
  }

  private static String text(TokenTrie trie, List<Integer> tokens) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    tokens.stream().filter(token -> !trie.isEnd(token)).map(trie::text).forEach(text::writeBytes);
    return text.toString(StandardCharsets.UTF_8);
  }

  private static List<Integer> answer(
      LlamaModel model,
      ConstraintCompiler compiler,
      Constraint wanted,
      Sampling sampling,
      List<Integer> prompt) {
    TokenConstraint constraint = ConstrainedWalk.constraint(compiler, wanted);
    ConstrainedSampler sampler = new ConstrainedSampler(new TokenSampler(sampling), sampling);
    model.removeSequence(0);
    List<Integer> tokens = new ArrayList<>();
    float[] logits = new float[model.vocabularySize()];
    model.batch().clear();
    int row = 0;
    for (int i = 0; i < prompt.size(); i++) {
      row = model.batch().add(prompt.get(i), i, 0, i == prompt.size() - 1);
    }
    while (tokens.size() < TOKENS_MAX) {
      assertThat(model.decode()).isEqualTo(LlamaModel.Decoded.DONE);
      model.logits(row, logits);
      int token = sampler.choose(logits, tokens.size(), constraint).orElseThrow().tokenId();
      assertThat(constraint.advance(token)).isTrue();
      tokens.add(token);
      if (model.vocabulary().isEndOfGeneration(token)) {
        return tokens;
      }
      model.batch().clear();
      row = model.batch().add(token, prompt.size() + tokens.size() - 1, 0, true);
    }
    throw new AssertionError(
        "A bounded answer did not end: " + text(TokenTrie.of(new ModelVocabulary(model)), tokens));
  }
}
