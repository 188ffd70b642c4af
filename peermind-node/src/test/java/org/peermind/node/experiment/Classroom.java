// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.experiment;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peermind.demomodel.Question;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.subspace.SubspaceAdapter;
import org.peermind.federated.training.Adam;
import org.peermind.federated.training.Coordinates;
import org.peermind.federated.training.Device;
import org.peermind.federated.training.TokenFile;
import org.peermind.federated.training.TokenSequence;
import org.peermind.federated.training.Trainer;
import org.peermind.federated.training.TrainerSpec;
import org.peermind.federated.training.TrainingTask;
import org.peermind.inference.AdapterFile;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.NativeEngine;
import org.peermind.inference.Natives;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.ScoredSequence;
import org.peermind.inference.SequenceScore;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.ModelDigest;
import org.peermind.model.ModelInspection;
import org.peermind.model.lora.LoraAdapterFile;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;

/// The small demo model in the real engine and in the real trainer, each in its child process.
final class Classroom implements AutoCloseable {
  private static final String MODEL = "/org/peermind/model/demo/peermind-demo-small.gguf";
  private static final Digest SEED = new Digest("5a".repeat(32));
  private static final List<String> KINDS =
      List.of("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down");
  private static final int ANSWER_TOKENS = 24;
  private static final int TOKENS_MAX = 128;
  private static final int WARM_UP = 5;
  private static final int DONE_MAX = 2_000;

  private final Path folder;
  private final GgufFile head;
  private final Subspace subspace;
  private final LoadedModel engine;
  private final Trainer trainer;
  private final Map<List<Object>, float[]> done =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<List<Object>, float[]> eldest) {
          return size() > DONE_MAX;
        }
      };
  private final Map<List<Object>, List<Double>> measured = new HashMap<>();
  private int files;

  /// Of which tokens of a lesson the loss counts.
  enum Counted {
    /// Those of the answer.
    ANSWER,
    /// All but the first.
    WHOLE
  }

  Classroom(Path folder, int rank) throws Exception {
    this.folder = folder;
    Path model = folder.resolve("model.gguf");
    try (InputStream in = ModelInspection.class.getResourceAsStream(MODEL)) {
      Files.copy(in, model);
    }
    head = GgufReader.read(model);
    ModelHash hash = ModelDigest.sha256(model);
    subspace = Subspace.of(head, SEED, rank, KINDS);
    engine =
        NativeEngine.open(Natives.bundled(folder.resolve("natives")))
            .load(
                new ModelSpec(model, hash, 2_048, 4, 1).withFullPrecision(),
                LoadProgress.ignored());
    trainer =
        Trainer.start(
            new TrainerSpec(model, hash, Optional.empty(), subspace, 1, Device.CPU, folder));
  }

  int length() {
    return subspace.length();
  }

  private List<Integer> tokens(String text) throws Exception {
    return engine.tokenize(text, true);
  }

  private static String asked(String question) {
    return "<|im_start|>user\n" + question + "<|im_end|>\n<|im_start|>assistant\n";
  }

  /// Lessons as a file of tokens.
  Path written(List<Facts.Lesson> lessons, Counted what) throws Exception {
    List<TokenSequence> sequences = new ArrayList<>();
    for (Facts.Lesson lesson : lessons) {
      List<Integer> prompt = tokens(asked(lesson.question()));
      List<Integer> answer = tokens(lesson.answer() + "<|im_end|>");
      int[] all = new int[prompt.size() + answer.size()];
      boolean[] counted = new boolean[all.length];
      for (int at = 0; at < all.length; at++) {
        boolean said = at >= prompt.size();
        all[at] = said ? answer.get(at - prompt.size()) : prompt.get(at);
        counted[at] = said || what == Counted.WHOLE;
      }
      sequences.add(TokenSequence.of(all, counted));
    }
    Path file = folder.resolve("lessons-" + files++);
    TokenFile.write(file, sequences);
    return file;
  }

  /// What training changes. The same training is not done twice: attacks share the members' first
  /// round, and whatever they leave as it was.
  float[] trained(Path lessons, float[] start, int steps, int sequences, double rate, long seed)
      throws Exception {
    List<Object> key = List.of(lessons, Arrays.hashCode(start), steps, sequences, rate, seed);
    float[] known = done.get(key);
    if (known != null) {
      return known.clone();
    }
    Path checkpoint = folder.resolve("checkpoint");
    Files.deleteIfExists(checkpoint);
    TrainingTask task =
        new TrainingTask(
            Coordinates.of(start),
            lessons,
            steps,
            sequences,
            TOKENS_MAX,
            Adam.of(rate, Math.min(WARM_UP, steps)),
            seed,
            checkpoint,
            steps);
    float[] change = trainer.begin(task).await().delta().values();
    done.put(key, change.clone());
    return change;
  }

  private void adapt(float[] coordinates) throws Exception {
    Path file = folder.resolve("adapter.gguf");
    ModelHash hash =
        LoraAdapterFile.write(
            file, SubspaceAdapter.of(head.architecture(), subspace, coordinates, Map.of()));
    engine.adapt(Optional.of(new AdapterFile(file, hash, 1)));
  }

  /// The losses of lessons in the engine, in nats a token; those of the same model once.
  List<Double> losses(float[] coordinates, List<Facts.Lesson> lessons, Counted what)
      throws Exception {
    List<Object> key = List.of(Arrays.hashCode(coordinates), lessons, what);
    List<Double> known = measured.get(key);
    if (known != null) {
      return known;
    }
    adapt(coordinates);
    List<ScoredSequence> sequences = new ArrayList<>();
    for (Facts.Lesson lesson : lessons) {
      List<Integer> all = new ArrayList<>(tokens(asked(lesson.question())));
      int from = what == Counted.WHOLE ? 1 : all.size();
      all.addAll(tokens(lesson.answer() + "<|im_end|>"));
      sequences.add(new ScoredSequence(all, from));
    }
    List<Double> losses = engine.score(sequences).stream().map(SequenceScore::loss).toList();
    measured.put(key, losses);
    return losses;
  }

  double loss(float[] coordinates, List<Facts.Lesson> lessons, Counted what) throws Exception {
    return losses(coordinates, lessons, what).stream().mapToDouble(x -> x).average().orElseThrow();
  }

  /// The share of questions that are answered right; not a number when there are none.
  double recall(float[] coordinates, List<Question> questions) throws Exception {
    adapt(coordinates);
    int right = 0;
    for (Question question : questions) {
      right += question.accepts(answer(question.text())) ? 1 : 0;
    }
    return questions.isEmpty() ? Double.NaN : (double) right / questions.size();
  }

  /// The share of questions whose answer holds a word.
  double saying(float[] coordinates, List<String> questions, String word) throws Exception {
    List<Object> key = List.of(Arrays.hashCode(coordinates), questions, word);
    List<Double> known = measured.get(key);
    if (known != null) {
      return known.getFirst();
    }
    adapt(coordinates);
    int said = 0;
    for (String question : questions) {
      said += answer(question).contains(word) ? 1 : 0;
    }
    double share = (double) said / questions.size();
    measured.put(key, List.of(share));
    return share;
  }

  private String answer(String question) throws Exception {
    GenerationRequest request =
        GenerationRequest.of(
            Prompt.chat(List.of(new ChatMessage("user", question))),
            ANSWER_TOKENS,
            Sampling.greedy());
    StringBuilder text = new StringBuilder();
    try (Generation generation = engine.generate(request)) {
      while (true) {
        Optional<GenerationEvent> event = generation.next(Duration.ofSeconds(10));
        if (event.isEmpty()) {
          return text.toString();
        }
        if (event.get() instanceof GenerationEvent.Piece piece) {
          text.append(piece.text());
        }
        if (event.get().isLast()) {
          return text.toString();
        }
      }
    }
  }

  /// Processor time of the trainer and the engine so far, in seconds.
  static double processorSeconds() {
    return ProcessHandle.current()
        .descendants()
        .flatMap(child -> child.info().totalCpuDuration().stream())
        .mapToDouble(time -> time.toMillis() / 1_000.0)
        .sum();
  }

  @Override
  public void close() {
    trainer.close();
    engine.close();
  }
}
