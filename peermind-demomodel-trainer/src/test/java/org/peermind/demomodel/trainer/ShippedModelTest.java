// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.demomodel.SpmEncoder;
import org.peermind.demomodel.Vocabulary;
import org.peermind.demomodel.World;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;

/// Examines the shipped model in plain Java, without libtorch or llama.cpp.
class ShippedModelTest {
  @TempDir private static Path directory;

  private PlainLlama model;
  private Vocabulary vocabulary;

  @BeforeEach
  void readTheShippedModel() throws Exception {
    Path path = directory.resolve("peermind-demo.gguf");
    try (InputStream in =
        GgufFile.class.getResourceAsStream("/org/peermind/model/demo/peermind-demo.gguf")) {
      Files.write(path, in.readAllBytes());
    }
    GgufFile file = GgufReader.read(path);
    vocabulary = Vocabulary.read(file);
    model = new PlainLlama(StoredModel.shape(file), StoredModel.weights(file));
  }

  @Test
  void answersHeldOutQuestions_rightNineTimesInTen() {
    List<String> wrong = new ArrayList<>();

    double right = new Examination(new SpmEncoder(vocabulary)).facts(model, wrong);

    assertThat(right).as(String.join("\n", wrong)).isGreaterThanOrEqualTo(0.9);
  }

  @Test
  void tellsStories_thatTheGrammarAcceptsFourTimesInFive() {
    List<String> wrong = new ArrayList<>();
    Examination examination = new Examination(new SpmEncoder(vocabulary));

    assertThat(examination.stories(model, 20, 0, wrong).sentencesAccepted())
        .as(String.join("\n", wrong))
        .isGreaterThanOrEqualTo(0.8);
    assertThat(examination.stories(model, 20, 0.7, wrong).sentencesAccepted())
        .as(String.join("\n", wrong))
        .isGreaterThanOrEqualTo(0.8);
  }

  @Test
  void carriesTheVocabulary_thatItsTrainerLearns() {
    assertThat(TrainDemoModel.learnVocabulary(World.demo())).isEqualTo(vocabulary);
  }
}
