// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.peermind.federated.training.TokenSequence;
import org.peermind.node.federated.LessonText.Tokenizing;

/// Makes sequences of tokens of samples, with marks for what is to be learned.
///
/// The part of a text that begins where `beginning` ends is found by comparing the tokens of both:
/// where they part, what is new begins. So the tokens are those of the whole text, as the engine
/// gives them, and a token that spans the border counts as new.
final class Sequences {
  /// How many samples in a row the tokenizer may refuse before it counts as broken.
  static final int REFUSALS_MAX = 8;

  private final Tokenizing tokenizing;
  private final OptionalInt beginToken;
  private final Optional<Rendering> rendering;
  private final int tokensMax;
  private final LeftOuts leftOut;
  private int refusals;

  Sequences(
      Tokenizing tokenizing,
      OptionalInt beginToken,
      Optional<Rendering> rendering,
      int tokensMax,
      LeftOuts leftOut) {
    this.tokenizing = tokenizing;
    this.beginToken = beginToken;
    this.rendering = rendering;
    this.tokensMax = tokensMax;
    this.leftOut = leftOut;
  }

  /// The sequences of a sample; none when it is left out, which is counted.
  ///
  /// @throws IOException when the tokenizer refused too many samples in a row
  List<TokenSequence> of(Sample sample) throws IOException, InterruptedException {
    List<TokenSequence> sequences;
    try {
      sequences =
          switch (sample) {
            case Sample.Passage(String text) -> windows(tokens(text, false));
            case Sample.Completion(String prompt, String completion) ->
                one(completion(prompt, prompt + completion));
            case Sample.Dialogue(List<Turn> turns) -> one(dialogue(turns));
          };
    } catch (IOException refused) {
      refusals++;
      if (refusals >= REFUSALS_MAX) {
        throw refused;
      }
      leftOut.count(LeftOut.REFUSED);
      return List.of();
    }
    refusals = 0;
    return sequences;
  }

  private List<Integer> tokens(String text, boolean special)
      throws IOException, InterruptedException {
    List<Integer> tokens = new ArrayList<>(tokenizing.tokens(text, special));
    if (beginToken.isPresent()
        && (tokens.isEmpty() || tokens.getFirst() != beginToken.getAsInt())) {
      tokens.addFirst(beginToken.getAsInt());
    }
    return tokens;
  }

  /// Cuts the tokens of a passage; each window begins as a prompt does, and all of it is learned.
  private List<TokenSequence> windows(List<Integer> tokens) {
    List<TokenSequence> windows = new ArrayList<>();
    int head = beginToken.isPresent() && tokensMax > 2 ? 1 : 0;
    for (int from = 0; from < tokens.size(); ) {
      List<Integer> window = new ArrayList<>();
      if (from > 0 && head > 0) {
        window.add(beginToken.getAsInt());
      }
      int to = Math.min(tokens.size(), from + tokensMax - window.size());
      window.addAll(tokens.subList(from, to));
      from = to;
      // A last token alone has nothing that it could be predicted from.
      if (window.size() >= 2) {
        boolean[] counted = new boolean[window.size()];
        Arrays.fill(counted, true);
        windows.add(sequence(window, counted));
      }
    }
    if (windows.isEmpty()) {
      leftOut.count(LeftOut.REFUSED);
    }
    return windows;
  }

  private Optional<TokenSequence> completion(String prompt, String whole)
      throws IOException, InterruptedException {
    List<Integer> tokens = tokens(whole, false);
    boolean[] counted = new boolean[tokens.size()];
    mark(counted, common(tokens, tokens(prompt, false)), tokens.size());
    return marked(tokens, counted);
  }

  /// As much of a conversation as a sequence holds, up to the end of one of the assistant's
  /// messages.
  private Optional<TokenSequence> dialogue(List<Turn> turns)
      throws IOException, InterruptedException {
    if (rendering.isPresent()) {
      for (Turn turn : turns) {
        // What is said must not become control tokens, which the template alone may write.
        if (!tokens(turn.text(), true).equals(tokens(turn.text(), false))) {
          leftOut.count(LeftOut.REFUSED);
          return Optional.empty();
        }
      }
    }
    List<List<Integer>> borders = new ArrayList<>();
    List<Integer> whole = List.of();
    for (int end = 1; end <= turns.size(); end++) {
      if (turns.get(end - 1).role() != Turn.Role.ASSISTANT) {
        continue;
      }
      Optional<List<Integer>> open = rendered(turns.subList(0, end - 1), true);
      Optional<List<Integer>> done = rendered(turns.subList(0, end), false);
      if (open.isEmpty() || done.isEmpty()) {
        leftOut.count(LeftOut.REFUSED);
        return Optional.empty();
      }
      if (done.get().size() > tokensMax) {
        break;
      }
      borders.add(open.get());
      borders.add(done.get());
      whole = done.get();
    }
    if (borders.isEmpty()) {
      leftOut.count(LeftOut.SAMPLE_TOO_LONG);
      return Optional.empty();
    }
    boolean[] counted = new boolean[whole.size()];
    for (int i = 0; i < borders.size(); i += 2) {
      mark(counted, common(whole, borders.get(i)), common(whole, borders.get(i + 1)));
    }
    return marked(whole, counted);
  }

  private Optional<List<Integer>> rendered(List<Turn> turns, boolean answerNext)
      throws IOException, InterruptedException {
    if (rendering.isEmpty()) {
      StringBuilder plain = new StringBuilder();
      turns.forEach(turn -> plain.append(turn.text()).append('\n'));
      return Optional.of(tokens(plain.toString(), false));
    }
    if (turns.isEmpty()) {
      return Optional.of(List.of());
    }
    Optional<String> text = rendering.get().text(turns, answerNext);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    // An answer ends with its mark; what a template writes after that is not for the model to say.
    return Optional.of(tokens(answerNext ? text.get() : text.get().stripTrailing(), true));
  }

  private Optional<TokenSequence> marked(List<Integer> tokens, boolean[] counted) {
    if (tokens.size() > tokensMax) {
      leftOut.count(LeftOut.SAMPLE_TOO_LONG);
      return Optional.empty();
    }
    if (tokens.size() < 2) {
      leftOut.count(LeftOut.REFUSED);
      return Optional.empty();
    }
    TokenSequence sequence = sequence(tokens, counted);
    if (sequence.countedTokens() == 0) {
      leftOut.count(LeftOut.REFUSED);
      return Optional.empty();
    }
    return Optional.of(sequence);
  }

  private static List<TokenSequence> one(Optional<TokenSequence> sequence) {
    return sequence.stream().toList();
  }

  private static TokenSequence sequence(List<Integer> tokens, boolean[] counted) {
    return TokenSequence.of(tokens.stream().mapToInt(Integer::intValue).toArray(), counted);
  }

  private static int common(List<Integer> one, List<Integer> other) {
    int length = 0;
    int most = Math.min(one.size(), other.size());
    while (length < most && one.get(length).equals(other.get(length))) {
      length++;
    }
    return length;
  }

  private static void mark(boolean[] counted, int from, int to) {
    for (int at = from; at < to; at++) {
      counted[at] = true;
    }
  }
}
