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
import java.util.function.IntFunction;
import org.peermind.demomodel.ChatFormat;
import org.peermind.demomodel.Conversation;
import org.peermind.demomodel.FormConversations;
import org.peermind.demomodel.SpmEncoder;
import org.peermind.demomodel.TrainingConversations;
import org.peermind.demomodel.Vocabulary;
import org.peermind.demomodel.VocabularyTraining;
import org.peermind.demomodel.World;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;

/// Trains the demo model from its seed in two lessons: `TrainDemoModel FILE FIRST`. With `small` as
/// a third argument the model is the smaller one of the same world.
///
/// The first lesson teaches the world, stories and small talk, and writes the file FIRST; the last
/// fifth of its steps is spent on longer windows with longer conversations. Where that file is
/// there already, the lesson is left out. The second starts from FIRST, mixes in calls of tools and
/// answers in JSON, and writes FILE. The same Java, libtorch and processor give the same files.
public final class TrainDemoModel {
  private static final int VOCABULARY_SIZE = 1024;
  private static final int VOCABULARY_TEXTS = 20_000;
  private static final int STEPS = 1_200;
  private static final int SECOND_STEPS = 240;
  private static final int SECOND_TOKENS_PER_STEP = 2_048;
  private static final int SECOND_FORMS_PERCENT = 30;
  private static final int SECOND_LONG_EVERY = 6;
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
  private final String name;
  private final ModelShape shape;
  private final Examination examination = new Examination(encoder);

  private TrainDemoModel(boolean isSmall) {
    this.name = isSmall ? "Peermind demo small" : "Peermind demo";
    this.shape = isSmall ? ModelShape.small(vocabulary.size()) : ModelShape.demo(vocabulary.size());
  }

  /// Trains and writes the model; the exit code is 2 when the arguments are wrong.
  public static void main(String[] arguments) throws IOException, GgufException {
    boolean isSmall = arguments.length == 3 && arguments[2].equals("small");
    if (arguments.length != 2 && !isSmall) {
      System.err.println(
          "Usage: TrainDemoModel FILE FIRST [small]; FILE is the GGUF file to write, FIRST that of"
              + " the first lesson, which is written where it is not there.");
      System.exit(2);
    }
    TrainingRun.makeRepeatable();
    TrainDemoModel training = new TrainDemoModel(isSmall);
    Path first = Path.of(arguments[1]);
    if (!Files.exists(first)) {
      training.firstLesson(first);
    }
    training.secondLesson(Path.of(arguments[0]), first);
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

  private void firstLesson(Path file) throws IOException {
    Batches batches =
        new Batches(
            new TrainingConversations(world)::draw, new ChatFormat(encoder), World.DEMO_SEED + 2);
    Weights weights = Weights.drawn(shape, World.DEMO_SEED + 3);
    learn(
        new TrainingRun(weights, STEPS, TrainingRun.FRESH_RATE),
        STEPS,
        step -> batch(batches, TOKENS_PER_STEP, step > STEPS * 4 / 5));
    finish(file, weights);
  }

  private void secondLesson(Path file, Path first) throws IOException, GgufException {
    GgufFile stored = GgufReader.read(first);
    if (!Vocabulary.read(stored).equals(vocabulary)) {
      throw new IllegalArgumentException(
          "%s has another vocabulary; let the first lesson write it anew".formatted(first));
    }
    TrainingConversations known = new TrainingConversations(world);
    FormConversations forms = new FormConversations(world);
    Batches batches =
        new Batches(
            (random, exchanges) ->
                random.nextInt(100) < SECOND_FORMS_PERCENT
                    ? forms.draw(random)
                    : known.draw(random, exchanges),
            new ChatFormat(encoder),
            World.DEMO_SEED + 4);
    Weights weights = Weights.stored(shape, StoredModel.weights(stored));
    learn(
        new TrainingRun(weights, SECOND_STEPS, TrainingRun.LATER_RATE),
        SECOND_STEPS,
        step -> batch(batches, SECOND_TOKENS_PER_STEP, step % SECOND_LONG_EVERY == 0));
    finish(file, weights);
  }

  private void learn(TrainingRun run, int steps, IntFunction<Batches.Batch> lesson) {
    Weights weights = run.weights();
    say("%d tokens, %d steps, digest %s".formatted(vocabulary.size(), steps, weights.digest()));
    long start = System.nanoTime();
    double loss = 0;
    for (int step = 1; step <= steps; step++) {
      loss += run.step(lesson.apply(step));
      if (step % REPORT_EVERY == 0 || step == steps) {
        double mean = loss / (step % REPORT_EVERY == 0 ? REPORT_EVERY : step % REPORT_EVERY);
        report(step, steps, mean, System.nanoTime() - start);
        loss = 0;
      }
      if (step == 50) {
        say("digest after 50 steps " + weights.digest());
      }
      if (step % EXAMINE_EVERY == 0 && step + EXAMINE_EVERY <= steps) {
        examine(weights, STORIES_IN_BETWEEN);
      }
    }
  }

  private void finish(Path file, Weights weights) throws IOException {
    ModelFile.write(file, name, shape, vocabulary, weights.values());
    say("digest %s, wrote %s, %d bytes".formatted(weights.digest(), file, Files.size(file)));
    examine(weights, STORIES_AT_THE_END);
  }

  private static Batches.Batch batch(Batches batches, int tokens, boolean isLong) {
    int window = isLong ? LONG_WINDOW : SHORT_WINDOW;
    return batches.draw(tokens / window, window, isLong ? LONG_EXCHANGES_MAX : SHORT_EXCHANGES_MAX);
  }

  private void examine(Weights weights, int stories) {
    PlainLlama model = new PlainLlama(shape, weights.values());
    List<String> wrong = new ArrayList<>();
    say("held-out facts right %.3f".formatted(examination.facts(model, wrong)));
    Examination.Calls calls = examination.calls(model, wrong);
    say("held-out calls formed %.3f, exact %.3f".formatted(calls.formed(), calls.exact()));
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
