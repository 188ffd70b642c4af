// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.time.Duration;
import java.util.List;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.RefusalCode;
import org.slf4j.event.Level;

/// What happens to a question: its sizes, places and times, never its text (design section 6).
///
/// `Answer...` events are those of the node that asks, [GenerationEnded] is that of the inferer; a
/// node that is both tells both.
public sealed interface QueryEvent extends Event {
  /// How an answer or a generation ended without failing.
  enum Ending {
    /// The model or a stop text ended it.
    STOP,
    /// The token budget was used up.
    LENGTH,
    /// Whoever asked went away.
    CANCELLED,
    /// The inferer gave it up for another to continue.
    YIELDED
  }

  /// The first token arrived.
  ///
  /// @param waited from the question to that token
  record AnswerStarted(Id16 query, ModelHash model, NodeId inferer, Duration waited)
      implements QueryEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "answer %s from inferer %s began after %s"
          .formatted(query, inferer.shortText(), Texts.duration(waited));
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("query", query),
          Field.of("model", model),
          Field.of("inferer", inferer),
          Field.seconds("waitedSeconds", waited));
    }
  }

  /// Another inferer took over in mid-answer.
  ///
  /// @param position the first token that the new inferer computed, counted from 0
  /// @param gap between the last token of the old inferer and the first of the new one
  record AnswerContinued(
      Id16 query, NodeId from, NodeId to, int position, Duration gap, RefusalCode cause)
      implements QueryEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "answer %s moved from inferer %s to %s at token %d, gap %s: %s"
          .formatted(
              query,
              from.shortText(),
              to.shortText(),
              position,
              Texts.duration(gap),
              Texts.word(cause));
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("query", query),
          Field.of("from", from),
          Field.of("to", to),
          Field.of("position", position),
          Field.seconds("gapSeconds", gap),
          Field.of("cause", cause));
    }
  }

  /// The whole answer arrived, or whoever asked wanted no more of it.
  ///
  /// @param nearTies tokens where the two best candidates lay within the rounding of a continuation
  /// @param took from the question to the last token
  record AnswerFinished(
      Id16 query,
      Ending ending,
      int promptTokens,
      int completionTokens,
      int nearTies,
      int continuations,
      Duration took)
      implements QueryEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "answer %s finished (%s): %d + %d tokens in %s, %d continuations"
          .formatted(
              query,
              Texts.word(ending),
              promptTokens,
              completionTokens,
              Texts.duration(took),
              continuations);
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("query", query),
          Field.of("ending", ending),
          Field.of("promptTokens", promptTokens),
          Field.of("completionTokens", completionTokens),
          Field.of("nearTies", nearTies),
          Field.of("continuations", continuations),
          Field.seconds("tookSeconds", took));
    }
  }

  /// An answer had begun and could not be completed, not even elsewhere.
  record AnswerFailed(Id16 query, RefusalCode code, int completionTokens, Duration took)
      implements QueryEvent {
    @Override
    public Level level() {
      return Level.WARN;
    }

    @Override
    public String sentence() {
      return "answer %s failed after %d tokens and %s: %s"
          .formatted(query, completionTokens, Texts.duration(took), Texts.word(code));
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("query", query),
          Field.of("code", code),
          Field.of("completionTokens", completionTokens),
          Field.seconds("tookSeconds", took));
    }
  }

  /// A question got no answer at all.
  ///
  /// @param retryAfter when asking again makes sense; zero when it does not
  record QueryRefused(RefusalCode code, Duration retryAfter) implements QueryEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return retryAfter.isZero()
          ? "question refused: " + Texts.word(code)
          : "question refused: %s; again in %s"
              .formatted(Texts.word(code), Texts.duration(retryAfter));
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("code", code), Field.seconds("retryAfterSeconds", retryAfter));
    }
  }

  /// This inferer computed an answer or a part of one.
  ///
  /// @param owner whether it was for the inferer's own owner
  record GenerationEnded(
      Id16 query,
      Ending ending,
      boolean owner,
      int promptTokens,
      int completionTokens,
      Duration took)
      implements QueryEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "generated %d tokens after a prompt of %d in %s (%s)"
          .formatted(completionTokens, promptTokens, Texts.duration(took), Texts.word(ending));
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("query", query),
          Field.of("ending", ending),
          Field.of("owner", owner),
          Field.of("promptTokens", promptTokens),
          Field.of("completionTokens", completionTokens),
          Field.seconds("tookSeconds", took));
    }
  }

  /// This inferer could not compute an answer that it had accepted.
  record GenerationFailed(Id16 query, RefusalCode code, int completionTokens)
      implements QueryEvent {
    @Override
    public Level level() {
      return Level.WARN;
    }

    @Override
    public String sentence() {
      return "generation %s failed after %d tokens: %s"
          .formatted(query, completionTokens, Texts.word(code));
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("query", query),
          Field.of("code", code),
          Field.of("completionTokens", completionTokens));
    }
  }
}
