// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.peermind.inference.Constraint;

/// What a constraint costs per token, over vocabularies of random words the size of real ones.
/// Started by hand; prints CPU time.
public final class MaskBench {
  private static final int STEPS = 1_000;
  private static final String OBJECT =
      """
      {"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer","minimum":0,
      "maximum":130},"tags":{"type":"array","items":{"type":"string","maxLength":40}},
      "born":{"type":"string","format":"date"}},"required":["name","age","tags","born"]}\
      """;

  private MaskBench() {}

  public static void main(String[] arguments) {
    compilations();
    for (int size : new int[] {32_000, 128_000, 256_000}) {
      List<byte[]> words = words(size);
      long began = cpuNanos();
      int nodes = trie(words).nodes();
      double first = (cpuNanos() - began) / 1e6;
      began = cpuNanos();
      TokenTrie trie = trie(words);
      System.out.printf(
          Locale.ROOT,
          "%d tokens: trie of %d nodes built in %.0f ms cold, %.0f ms warm; %.1f MB%n",
          size,
          nodes,
          first,
          (cpuNanos() - began) / 1e6,
          (trie.nodes() * 15L + size * 8L) / 1e6);
      Map<String, Constraint> constraints = new LinkedHashMap<>();
      constraints.put("JSON mode", new Constraint.JsonObject());
      constraints.put("an object by its schema", new Constraint.JsonSchema(OBJECT));
      for (Map.Entry<String, Constraint> entry : constraints.entrySet()) {
        measure(trie, entry.getKey(), entry.getValue());
      }
      for (Map.Entry<String, String> entry : HostileSchemas.all().entrySet()) {
        measure(trie, "hostile: " + entry.getKey(), new Constraint.JsonSchema(entry.getValue()));
      }
    }
  }

  /// The CPU time to compile each hostile schema, cold and warm, and what it takes then.
  private static void compilations() {
    TokenTrie trie = TokenTrie.of(TestVocabulary.of());
    for (Map.Entry<String, String> entry : HostileSchemas.all().entrySet()) {
      double[] millis = new double[20];
      String outcome = "";
      for (int i = 0; i < millis.length; i++) {
        ConstraintCompiler compiler = new ConstraintCompiler(trie, CallSyntax.hermes());
        long began = cpuNanos();
        ConstraintCompiler.Compilation compilation =
            compiler.compile(new Constraint.JsonSchema(entry.getValue()));
        millis[i] = (cpuNanos() - began) / 1e6;
        outcome =
            switch (compilation) {
              case ConstraintCompiler.Compilation.Ready _ ->
                  "%d KiB".formatted(compiler.bytes() >> 10);
              case ConstraintCompiler.Compilation.Refused(String sentence) -> sentence;
              case ConstraintCompiler.Compilation.Busy(String sentence) -> sentence;
            };
      }
      System.out.printf(
          Locale.ROOT,
          "compile %s: first %.0f ms, median %.1f ms: %s%n",
          entry.getKey(),
          millis[0],
          percentile(millis, 50),
          outcome);
    }
  }

  private static void measure(TokenTrie trie, String name, Constraint wanted) {
    ConstraintCompiler compiler = new ConstraintCompiler(trie, CallSyntax.hermes());
    if (compiler.compile(wanted) instanceof ConstraintCompiler.Compilation.Refused) {
      return;
    }
    Random random = new Random(5);
    double[] masks = new double[STEPS];
    double[] checks = new double[STEPS];
    TokenConstraint constraint = ConstrainedWalk.constraint(compiler, wanted);
    float[] logits = new float[trie.tokens()];
    for (int step = 0; step < STEPS; step++) {
      Arrays.fill(logits, 0);
      long began = cpuNanos();
      constraint.mask(logits);
      masks[step] = (cpuNanos() - began) / 1e3;
      int token = random.nextInt(logits.length);
      while (logits[token] != 0) {
        token = (token + 1) % logits.length;
      }
      began = cpuNanos();
      boolean allowed = constraint.allows(token);
      constraint.advance(token);
      checks[step] = (cpuNanos() - began) / 1e3;
      if (!allowed || trie.isEnd(token)) {
        constraint = ConstrainedWalk.constraint(compiler, wanted);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "  %s: mask first %.0f us, mean %.0f, median %.0f, p95 %.0f, p99 %.0f; allows and advance"
            + " median %.1f us%n",
        name,
        masks[0],
        Arrays.stream(masks).average().orElseThrow(),
        percentile(masks, 50),
        percentile(masks, 95),
        percentile(masks, 99),
        percentile(checks, 50));
  }

  /// Of this thread, for the machine may be shared.
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static double percentile(double[] values, int percent) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length * percent / 100];
  }

  private static TokenTrie trie(List<byte[]> words) {
    return TokenTrie.of(
        new TokenVocabulary() {
          @Override
          public int size() {
            return words.size();
          }

          @Override
          public byte[] bytes(int token) {
            return words.get(token);
          }

          @Override
          public boolean ends(int token) {
            return token == TestVocabulary.END;
          }
        });
  }

  /// Bytes, white space, signs and words of syllables, half of them behind a space.
  private static List<byte[]> words(int size) {
    Random random = new Random(size);
    String[] syllables = {
      "ing", "er", "a", "ly", "ed", "i", "es", "re", "tion", "in", "e", "con", "y", "ter", "ex",
      "al", "de", "com", "o", "di", "en", "an", "ty", "ry", "u", "ti", "ri", "be", "per", "to",
      "é", "ñ", "日", "本", "и", "ст", "0", "1", "19", "20"
    };
    String[] signs = {"\"", "{", "}", "[", "]", ":", ",", ".", "-", "_", "(", ")", "/", "\\", "\n"};
    List<byte[]> words = new ArrayList<>();
    TestVocabulary bytes = TestVocabulary.of();
    for (int token = 0; token < bytes.size(); token++) {
      words.add(bytes.bytes(token));
    }
    for (int length = 2; length <= 128; length++) {
      words.add(" ".repeat(length).getBytes(StandardCharsets.UTF_8));
    }
    while (words.size() < size) {
      StringBuilder word = new StringBuilder(random.nextBoolean() ? " " : "");
      boolean sign = random.nextInt(20) == 0;
      for (int i = random.nextInt(4); i >= 0; i--) {
        word.append(
            sign
                ? signs[random.nextInt(signs.length)]
                : syllables[random.nextInt(syllables.length)]);
      }
      words.add(word.toString().getBytes(StandardCharsets.UTF_8));
    }
    return words;
  }
}
