// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.NativeEngine;
import org.peermind.inference.NativesAtHand;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.child.EngineLoop;
import org.peermind.inference.internal.link.LinkMessage;
import org.peermind.inference.internal.natives.LlamaEngine;
import org.peermind.inference.internal.natives.LlamaModel;
import org.peermind.model.ModelDigest;

/// What the child process costs: tokens per second through it, over tokens per second of the same
/// loop in this process, in interleaved runs.
///
/// Arguments: a model file, and how many tokens each answer gets.
public final class ChildOverheadBench {
  private static final int ROUNDS = 7;
  private static final int CONTEXT_TOKENS = 512;
  private static final int THREADS = 1;

  private ChildOverheadBench() {}

  public static void main(String[] arguments) throws Exception {
    Path file = Path.of(arguments[0]);
    int tokens = Integer.parseInt(arguments[1]);
    GenerationRequest request =
        GenerationRequest.of(
            Prompt.chat(List.of(new ChatMessage("user", "Tell me a story."))),
            tokens,
            new Sampling(1, 1, 3));
    Path scratch = Files.createTempDirectory("peermind-bench");
    LlamaEngine inProcess = NativesAtHand.BUNDLED.open(scratch);
    NativeEngine engine = NativeEngine.open(scratch);
    ModelSpec spec = new ModelSpec(file, ModelDigest.sha256(file), CONTEXT_TOKENS, 1, THREADS);
    try (LlamaModel here =
            inProcess.load(file, EngineLoop.shape(CONTEXT_TOKENS, 1, THREADS), _ -> {});
        LoadedModel there = engine.load(spec, LoadProgress.ignored())) {
      double[] direct = new double[ROUNDS];
      double[] child = new double[ROUNDS];
      runHere(here, request);
      runThere(there, request);
      for (int round = 0; round < ROUNDS; round++) {
        direct[round] = runHere(here, request);
        child[round] = runThere(there, request);
      }
      Arrays.sort(direct);
      Arrays.sort(child);
      System.out.printf(
          Locale.ROOT,
          "in process %.0f tokens/s, through the child %.0f tokens/s, ratio %.3f (medians of %d)%n",
          direct[ROUNDS / 2],
          child[ROUNDS / 2],
          child[ROUNDS / 2] / direct[ROUNDS / 2],
          ROUNDS);
    }
  }

  private static double runHere(LlamaModel model, GenerationRequest request) throws Exception {
    AtomicInteger tokens = new AtomicInteger();
    long began = System.nanoTime();
    EngineLoop loop =
        new EngineLoop(
            model,
            1,
            THREADS,
            message -> {
              if (message instanceof LinkMessage.Event(long _, GenerationEvent event)
                  && event instanceof GenerationEvent.Finished finished) {
                tokens.set(finished.completionTokens());
                Thread.currentThread().interrupt();
              }
            });
    loop.command(new LinkMessage.Generate(1, request));
    try {
      loop.run();
    } catch (InterruptedException _) {
      // The sink ends the loop after the last event.
    }
    return tokens.get() * 1e9 / (System.nanoTime() - began);
  }

  private static double runThere(LoadedModel model, GenerationRequest request) throws Exception {
    long began = System.nanoTime();
    try (Generation generation = model.generate(request)) {
      while (true) {
        GenerationEvent event = generation.next(Duration.ofMinutes(1)).orElseThrow();
        if (event instanceof GenerationEvent.Finished finished) {
          return finished.completionTokens() * 1e9 / (System.nanoTime() - began);
        }
        if (event.isLast()) {
          throw new IllegalStateException("The answer failed: " + event);
        }
      }
    }
  }
}
