// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalInt;
import org.peermind.federated.training.TokenFile;
import org.peermind.federated.training.TokenSequence;
import org.peermind.node.federated.LessonText.Tokenizing;

/// Makes the file of tokens that the trainer reads from what the owner allows.
///
/// @param beginToken that the model wants at the beginning of each sequence
/// @param rendering how the model's chat template writes conversations; without one their messages
///   are joined plainly
public record TrainingText(
    OwnerData data,
    TrainingFolder folder,
    Tokenizing tokenizing,
    OptionalInt beginToken,
    Optional<Rendering> rendering) {
  /// The most tokens of a file, 84 MB of it; samples beyond are left out.
  static final long TOKENS_MAX = 1L << 24;

  private static final String NOTHING =
      "There is nothing to learn from in what the owner allows; `peermind federated contribute"
          + " --list` says why.";

  /// Writes the file, which only the owner may read. Whoever asked deletes it with
  /// [TrainingFolder#clear] when it has been learned from.
  ///
  /// @param sequenceTokensMax from 2 to [TokenSequence#TOKENS_MAX]
  /// @param target below the training folder
  /// @throws IOException with one sentence when there is nothing to learn from, the engine cannot
  ///   tell the tokens, or the file cannot be written
  /// @throws InterruptedException when the calling thread was interrupted; no file is left then
  public Prepared prepare(Consent consent, int sequenceTokensMax, Path target)
      throws IOException, InterruptedException {
    if (!folder.holds(target)) {
      throw new IllegalArgumentException("tokens lie in the training folder and nowhere else");
    }
    if (sequenceTokensMax < 2 || sequenceTokensMax > TokenSequence.TOKENS_MAX) {
      throw new IllegalArgumentException(
          "a sequence has from 2 to %d tokens".formatted(TokenSequence.TOKENS_MAX));
    }
    folder.makeFor(target);
    LeftOuts leftOut = new LeftOuts();
    Sequences sequences =
        new Sequences(tokenizing, beginToken, rendering, sequenceTokensMax, leftOut);
    Flow flow = new Flow(data.samples(consent, leftOut), sequences, leftOut);
    try {
      if (!flow.hasNext()) {
        throw new IOException(NOTHING);
      }
      TokenFile.write(target, () -> flow);
    } catch (ClosedByInterruptException stopped) {
      stopIfInterrupted();
      throw stopped;
    } catch (Broken broken) {
      if (broken.reason().isEmpty()) {
        throw new InterruptedException();
      }
      throw broken.reason().get();
    }
    return new Prepared(target, flow.sequences, flow.tokens, flow.counted, leftOut);
  }

  private static void stopIfInterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  /// The sequences as the file's writer takes them.
  private static final class Flow implements Iterator<TokenSequence> {
    private final OwnerData.Samples samples;
    private final Sequences making;
    private final LeftOuts leftOut;
    private final Deque<TokenSequence> ready = new ArrayDeque<>();
    private long drawn;
    private int sequences;
    private long tokens;
    private int counted;

    Flow(OwnerData.Samples samples, Sequences making, LeftOuts leftOut) {
      this.samples = samples;
      this.making = making;
      this.leftOut = leftOut;
    }

    @Override
    public boolean hasNext() {
      try {
        while (ready.isEmpty() && samples.hasNext()) {
          stopIfInterrupted();
          draw(samples.next());
        }
        if (ready.isEmpty()) {
          // A file whose reading was interrupted must not look like the last one.
          stopIfInterrupted();
        }
      } catch (IOException | InterruptedException stopped) {
        throw new Broken(stopped);
      }
      return !ready.isEmpty();
    }

    private void draw(Sample sample) throws IOException, InterruptedException {
      if (drawn >= TOKENS_MAX) {
        leftOut.count(LeftOut.SAMPLES_BEYOND_BOUND);
        return;
      }
      ready.addAll(making.of(sample));
      for (TokenSequence sequence : ready) {
        drawn += sequence.length();
      }
    }

    @Override
    public TokenSequence next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      TokenSequence sequence = ready.removeFirst();
      sequences++;
      tokens += sequence.length();
      counted += sequence.countedTokens();
      return sequence;
    }
  }

  /// Carries what stopped the flow through the file's writer, which knows no such exceptions.
  private static final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Broken(Exception why) {
      super(why);
    }

    /// The refusal; none when the thread was interrupted.
    Optional<IOException> reason() {
      return getCause() instanceof IOException refused ? Optional.of(refused) : Optional.empty();
    }
  }
}
