// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.demomodel.ChatFormat;
import org.peermind.demomodel.Conversation;
import org.peermind.demomodel.SpmEncoder;
import org.peermind.demomodel.Vocabulary;
import org.peermind.federated.training.TokenSequence;
import org.peermind.inference.EngineException;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.NativeEngine;
import org.peermind.inference.Natives;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.ModelDigest;
import org.peermind.model.ModelInspection;
import org.peermind.node.federated.LessonText.Tokenizing;

/// Conversations as the demo model was taught them, by the engine's own tokens.
final class ModelTextTest {
  @TempDir private Path directory;

  @Test
  void writesConversationsAsTheModelKnowsThem_andMarksTheAnswersWithTheirEnd() throws Exception {
    Path file = directory.resolve("demo.gguf");
    try (InputStream demo =
        ModelInspection.class.getResourceAsStream("/org/peermind/model/demo/peermind-demo.gguf")) {
      Files.copy(demo, file);
    }
    GgufFile read = GgufReader.read(file);
    ModelText text = ModelText.of(read);
    List<Turn> turns =
        List.of(
            new Turn(Turn.Role.USER, "Where does the sun set?"),
            new Turn(Turn.Role.ASSISTANT, "In the west."),
            new Turn(Turn.Role.USER, "And rise?"),
            new Turn(Turn.Role.ASSISTANT, "In the east, 7 days a week."));
    NativeEngine engine = NativeEngine.open(Natives.bundled(directory.resolve("natives")));
    ModelSpec spec = new ModelSpec(file, ModelDigest.sha256(file), 256, 1, 1);
    List<TokenSequence> sequences;
    try (LoadedModel model = engine.load(spec, LoadProgress.ignored())) {
      sequences =
          new Sequences(tokenizing(model), text.beginToken(), text.rendering(), 256, new LeftOuts())
              .of(new Sample.Dialogue(turns));
    }

    List<ChatFormat.Token> taught =
        new ChatFormat(new SpmEncoder(Vocabulary.read(read)))
            .finished(
                new Conversation(
                    turns.stream()
                        .map(
                            turn ->
                                new Conversation.Turn(
                                    Conversation.Role.valueOf(turn.role().name()), turn.text()))
                        .toList()));
    List<Integer> tokens = new ArrayList<>();
    List<Boolean> counted = new ArrayList<>();
    // The line's end after the last answer is no part of it.
    for (ChatFormat.Token token : taught.subList(0, taught.size() - 1)) {
      tokens.add(token.id());
      counted.add(token.said());
    }
    assertThat(sequences).hasSize(1);
    assertThat(tokensOf(sequences.getFirst())).isEqualTo(tokens);
    assertThat(countedOf(sequences.getFirst())).isEqualTo(counted);
  }

  private static Tokenizing tokenizing(LoadedModel model) {
    return (text, special) -> {
      try {
        return model.tokenize(text, special);
      } catch (EngineException refused) {
        throw new IOException(refused.getMessage());
      }
    };
  }

  private static List<Integer> tokensOf(TokenSequence sequence) {
    return Arrays.stream(sequence.tokens()).boxed().toList();
  }

  private static List<Boolean> countedOf(TokenSequence sequence) {
    List<Boolean> counted = new ArrayList<>();
    for (int i = 0; i < sequence.length(); i++) {
      counted.add(sequence.counted(i));
    }
    return counted;
  }
}
