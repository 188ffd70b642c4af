// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel.trainer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.peermind.demomodel.ChatFormat;
import org.peermind.demomodel.Conversation;
import org.peermind.demomodel.SpmEncoder;
import org.peermind.demomodel.TrainingConversations;
import org.peermind.demomodel.Vocabulary;
import org.peermind.demomodel.VocabularyTraining;
import org.peermind.demomodel.World;

/// Trains the demo model from its seed and writes it: `TrainDemoModel FILE [STEPS]`.
///
/// The same Java, libtorch and processor give the same file. The last fifth of the steps is spent
/// on longer windows with longer conversations.
public final class TrainDemoModel {
  private static final int VOCABULARY_SIZE = 1024;
  private static final int VOCABULARY_TEXTS = 20_000;
  private static final int STEPS = 1_200;
  private static final int TOKENS_PER_STEP = 4_096;
  private static final int SHORT_WINDOW = 256;
  private static final int LONG_WINDOW = 512;
  private static final int SHORT_EXCHANGES_MAX = 3;
  private static final int LONG_EXCHANGES_MAX = 8;
  private static final int REPORT_EVERY = 20;
  private static final int EXAMINE_EVERY = 200;
  private static final int STORIES_IN_BETWEEN = 8;
  private static final int STORIES_AT_THE_END = 40;

  private final World world = World.demo();
  private final Vocabulary vocabulary = learnVocabulary(world);
  private final SpmEncoder encoder = new SpmEncoder(vocabulary);
  private final ModelShape shape = ModelShape.demo(vocabulary.size());
  private final Examination examination = new Examination(encoder);

  private TrainDemoModel() {}

  /// Trains and writes the model; the exit code is 2 when the arguments are wrong.
  public static void main(String[] arguments) throws IOException {
    if (arguments.length < 1 || arguments.length > 2) {
      System.err.println("Usage: TrainDemoModel FILE [STEPS]; FILE is the GGUF file to write.");
      System.exit(2);
    }
    int steps = arguments.length > 1 ? Integer.parseInt(arguments[1]) : STEPS;
    new TrainDemoModel().run(Path.of(arguments[0]), steps);
  }

  /// The vocabulary of the demo model.
  static Vocabulary learnVocabulary(World world) {
    TrainingConversations conversations = new TrainingConversations(world);
    Random random = new Random(World.DEMO_SEED + 1);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < VOCABULARY_TEXTS; i++) {
      for (Conversation.Turn turn : conversations.draw(random).turns()) {
        texts.add(turn.role().label());
        texts.add(turn.text());
      }
    }
    return VocabularyTraining.learn(texts, VOCABULARY_SIZE);
  }

  private void run(Path file, int steps) throws IOException {
    TrainingRun.makeRepeatable();
    Batches batches =
        new Batches(new TrainingConversations(world), new ChatFormat(encoder), World.DEMO_SEED + 2);
    Weights weights = Weights.drawn(shape, World.DEMO_SEED + 3);
    TrainingRun run = new TrainingRun(weights, steps);
    say("%d tokens, %d steps, digest %s".formatted(vocabulary.size(), steps, weights.digest()));
    long start = System.nanoTime();
    double loss = 0;
    for (int step = 1; step <= steps; step++) {
      loss += run.step(batch(batches, step, steps));
      if (step % REPORT_EVERY == 0 || step == steps) {
        double mean = loss / (step % REPORT_EVERY == 0 ? REPORT_EVERY : step % REPORT_EVERY);
        report(step, steps, mean, System.nanoTime() - start);
        loss = 0;
      }
      if (step == 50) {
        say("digest after 50 steps " + weights.digest());
      }
      if (step % EXAMINE_EVERY == 0 && step < steps) {
        examine(weights, STORIES_IN_BETWEEN);
      }
    }
    ModelFile.write(file, shape, vocabulary, weights.values());
    say("digest %s, wrote %s, %d bytes".formatted(weights.digest(), file, Files.size(file)));
    examine(weights, STORIES_AT_THE_END);
  }

  private static Batches.Batch batch(Batches batches, int step, int steps) {
    boolean isLong = step > steps * 4 / 5;
    int window = isLong ? LONG_WINDOW : SHORT_WINDOW;
    return batches.draw(
        TOKENS_PER_STEP / window, window, isLong ? LONG_EXCHANGES_MAX : SHORT_EXCHANGES_MAX);
  }

  private void examine(Weights weights, int stories) {
    PlainLlama model = new PlainLlama(shape, weights.values());
    List<String> wrong = new ArrayList<>();
    say("held-out facts right %.3f".formatted(examination.facts(model, wrong)));
    for (double temperature : new double[] {0, 0.7}) {
      Examination.Stories told = examination.stories(model, stories, temperature, wrong);
      say(
          "stories at temperature %.1f: sentences %.3f, whole stories %.3f, mean tokens %.0f"
              .formatted(
                  temperature,
                  told.sentencesAccepted(),
                  told.wholeStoriesAccepted(),
                  told.tokensMean()));
    }
    wrong.stream().limit(30).forEach(answer -> say("  wrong: " + answer));
  }

  private static void report(int step, int steps, double loss, long nanos) {
    double secondsPerStep = nanos / 1e9 / step;
    Duration left = Duration.ofSeconds(Math.round(secondsPerStep * (steps - step)));
    say(
        String.format(
            Locale.ROOT,
            "step %d of %d, loss %.4f, %.2f s per step, %d min %d s left",
            step,
            steps,
            loss,
            secondsPerStep,
            left.toMinutes(),
            left.toSecondsPart()));
  }

  private static void say(String line) {
    System.out.println(line);
  }
}
