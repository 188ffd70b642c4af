// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Constraint;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.NativesAtHand;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.ToolDefinition;
import org.peermind.inference.internal.constraint.CallSyntax;
import org.peermind.inference.internal.constraint.ConstraintCompiler;
import org.peermind.inference.internal.constraint.TokenConstraint;
import org.peermind.inference.internal.constraint.TokenTrie;
import org.peermind.inference.internal.constraint.ToolCallParser;
import org.peermind.inference.internal.link.LinkMessage;
import org.peermind.inference.internal.natives.LlamaEngine;
import org.peermind.inference.internal.natives.LlamaModel;
import org.peermind.inference.internal.natives.TinyLlama;
import org.peermind.model.GgufWriter;

/// What one request or one model file does costs the others nothing.
class EngineLoopFaultsTest {
  private static final int MARK = 3;

  private Path directory;
  private LlamaEngine engine;
  private Optional<LlamaModel> model = Optional.empty();

  @BeforeEach
  void open(@TempDir Path folder) throws Exception {
    directory = folder;
    engine = NativesAtHand.BUNDLED.open(directory);
  }

  @AfterEach
  void unload() {
    model.ifPresent(LlamaModel::close);
  }

  @Test
  void refusesAPrompt_whenTheTemplateMakesItTooLongForTheTokenizer() throws Exception {
    GgufWriter repeating =
        TinyLlama.of(
            7,
            "{% for i in range(200) %}{% for message in messages %}{{ message.content }}{% endfor"
                + " %}{% endfor %}");
    LoopRig rig = new LoopRig(load(repeating, 1), 1);
    Prompt chat = Prompt.chat(List.of(new ChatMessage("user", "\u2600".repeat(8_000))));
    long id = rig.ask(GenerationRequest.of(chat, 4, Sampling.greedy()));

    assertThat(rig.reading(id).failed().kind()).isEqualTo(FailureKind.BAD_REQUEST);
    assertThat(rig.reading(id).failed().sentence()).contains("has more than 4194304 bytes");
    assertThat(rig.read(text("the sun", 4)).tokens()).hasSize(4);
  }

  @Test
  void givesNoVectors_whenTheModelPoolsInAnotherWay() throws Exception {
    LoopRig rig = new LoopRig(load(TinyLlama.of(7).put("llama.pooling_type", 3), 1), 1);

    assertThat(rig.loop.features().embeddings()).isFalse();
    rig.embed(List.of("the sun"));
    assertThat(rig.said.getLast())
        .isInstanceOfSatisfying(
            LinkMessage.RequestRefused.class,
            refused -> assertThat(refused.sentence()).contains("pooling type 3"));
    assertThat(rig.read(text("the sun", 4)).tokens()).hasSize(4);
  }

  @Test
  void getsOnWithTheOthers_whenSomebodyAsksAndCancelsInEveryTick() throws Exception {
    Canceller canceller = new Canceller();
    EngineLoop loop =
        new EngineLoop(load(TinyLlama.of(7), 4), 4, 1, canceller.said::add, canceller::now);
    canceller.loop = Optional.of(loop);
    loop.command(new LinkMessage.Generate(Canceller.VICTIM, text("the sun", 5)));
    for (long id = Canceller.VICTIM + 1; id < 20; id++) {
      loop.command(new LinkMessage.Generate(id, text("the hill", 9)));
      canceller.cancelNext = id - 1;
      loop.step();
    }

    assertThat(canceller.pieces()).isEqualTo(5);
  }

  @Test
  void countsAsGettingOn_whileARequestIsPrepared_butNotForEver() throws Exception {
    Preparing preparing = new Preparing();
    EngineLoop loop = new EngineLoop(load(TinyLlama.of(7), 1), 1, 1, _ -> {}, preparing::now);
    preparing.loop = Optional.of(loop);
    loop.command(new LinkMessage.Generate(1, text("the sun", 4)));
    preparing.loop = Optional.empty();

    assertThat(preparing.progress).containsExactly(0L, 5L, 60L, 60L);
    assertThat(loop.progress()).as("nothing is prepared, nothing is computed").isZero();
  }

  @Test
  void writesAndReadsCalls_whoseMarkIsAControlToken() throws Exception {
    LlamaModel loaded = load(TinyLlama.of(7), 1);
    CallSyntax syntax = new CallSyntax("<|im_start|>", "", "name", "arguments", true);
    Vocabulary vocabulary = Vocabulary.of(loaded, syntax);
    assertThat(Vocabulary.of(loaded, CallSyntax.hermes()).bytes(MARK)).isEmpty();
    assertThat(new String(vocabulary.bytes(MARK), StandardCharsets.UTF_8))
        .isEqualTo("<|im_start|>");

    Constraint tools =
        new Constraint.Tools(
            List.of(new ToolDefinition("now", "", "{\"type\":\"object\"}")),
            Optional.empty(),
            true,
            false);
    ConstraintCompiler compiler = new ConstraintCompiler(TokenTrie.of(vocabulary), syntax);
    TokenConstraint constraint =
        ((ConstraintCompiler.Compilation.Ready) compiler.compile(tools)).constraint().orElseThrow();
    assertThat(constraint.advance(MARK)).as("the mark as one token").isTrue();
    ToolCallParser parser = new ToolCallParser(syntax);
    String call = "[{\"name\": \"now\", \"arguments\": {}}]";
    String said = parser.push(new String(vocabulary.bytes(MARK), StandardCharsets.UTF_8) + call);

    assertThat(said).isEmpty();
    assertThat(parser.finish().calls())
        .singleElement()
        .satisfies(made -> assertThat(made.name()).isEqualTo("now"));
  }

  /// Cancels a running answer when the loop looks at the clock for the first time in a step, so
  /// that the tick after it is asked to give up.
  private static final class Canceller {
    static final long VICTIM = 1;

    final List<LinkMessage.FromChild> said = new ArrayList<>();
    Optional<EngineLoop> loop = Optional.empty();
    long cancelNext;

    long now() {
      long id = cancelNext;
      cancelNext = 0;
      if (id > VICTIM) {
        try {
          loop.orElseThrow().command(new LinkMessage.Cancel(id));
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
      return 0;
    }

    int pieces() {
      return (int)
          said.stream()
              .filter(
                  message ->
                      message instanceof LinkMessage.Event(long of, GenerationEvent.Piece _)
                          && of == VICTIM)
              .count();
    }
  }

  /// Lets time pass while a request is prepared.
  private static final class Preparing {
    final List<Long> progress = new ArrayList<>();
    Optional<EngineLoop> loop = Optional.empty();
    private long nowNanos;
    private int looks;

    long now() {
      if (loop.isPresent() && ++looks == 2) {
        EngineLoop watched = loop.get();
        for (long seconds : new long[] {0, 5, 100, 1_000}) {
          nowNanos = Duration.ofSeconds(seconds).toNanos();
          progress.add(watched.progress());
        }
      }
      return nowNanos;
    }
  }

  private LlamaModel load(GgufWriter writer, int slots) throws Exception {
    Path file = directory.resolve("tiny.gguf");
    writer.write(file);
    LlamaModel loaded = engine.load(file, EngineLoop.shape(512, slots, 1), _ -> {});
    model = Optional.of(loaded);
    return loaded;
  }

  private static GenerationRequest text(String prompt, int maxTokens) {
    return GenerationRequest.of(new Prompt.Text(prompt), maxTokens, Sampling.greedy());
  }
}
