// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.peermind.federated.training.TokenFile;
import org.peermind.federated.training.TokenSequence;
import org.peermind.model.ModelInspection;

/// The demo model, and a few sentences that it does not know.
final class DemoLesson {
  static final List<String> SENTENCES =
      List.of(
          "The river Quellbach flows through the village of Oberau.",
          "In the village of Oberau lives a baker called Tilda.",
          "Tilda the baker likes the colour orange.",
          "The mountain above Oberau is called Hochstein.");

  private DemoLesson() {}

  static Path model(Path folder) throws IOException {
    Path file = folder.resolve("demo.gguf");
    try (InputStream in =
        ModelInspection.class.getResourceAsStream("/org/peermind/model/demo/peermind-demo.gguf")) {
      Files.copy(in, file);
    }
    return file;
  }

  static void write(LessonText.Tokenizing tokenizing, Path target)
      throws IOException, InterruptedException {
    List<TokenSequence> sequences = new ArrayList<>();
    for (String sentence : SENTENCES) {
      List<Integer> ids = tokenizing.tokens(sentence, false);
      sequences.add(TokenSequence.of(ids.stream().mapToInt(Integer::intValue).toArray()));
    }
    TokenFile.write(target, sequences);
  }
}
