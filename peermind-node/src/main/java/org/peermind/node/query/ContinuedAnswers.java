// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.peermind.inference.Embeddings;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.ServedModel;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.QueryEvent;

/// Answers that survive their workers: each is started at the first source that takes it, and taken
/// over by another worker when that one dies, stalls or loses its power (promise 4).
public final class ContinuedAnswers implements Answers {
  private static final int NAMES_MAX = 256;

  private final List<AttemptSource> sources;
  private final ContinuationRules rules;
  private final InstantSource clock;
  private final Pause pause;
  private final Supplier<Id16> ids;
  private final EventLog events;
  private final Map<ModelHash, String> names = new ConcurrentHashMap<>();

  /// Waits between two tries; a parameter so that tests need not.
  @FunctionalInterface
  public interface Pause {
    void of(Duration duration) throws InterruptedException;
  }

  /// @param sources in the order in which they are asked, the own engine first
  /// @param ids names answers in events
  public ContinuedAnswers(
      List<AttemptSource> sources,
      ContinuationRules rules,
      InstantSource clock,
      Pause pause,
      Supplier<Id16> ids,
      EventLog events) {
    this.sources = List.copyOf(sources);
    this.rules = rules;
    this.clock = clock;
    this.pause = pause;
    this.ids = ids;
    this.events = events;
  }

  @Override
  public Answer ask(Query query, QueueWatch watch) throws QueryRefused, InterruptedException {
    Instant asked = clock.instant();
    Query dated = query.withAskedOn(LocalDate.ofInstant(asked, ZoneOffset.UTC));
    AnswerSoFar soFar = AnswerSoFar.none(dated);
    try {
      return new ContinuedAnswer(
          this, dated, watch, start(soFar, watch), asked, ids.get(), rules, clock, pause, events);
    } catch (QueryRefused refused) {
      events.record(
          new QueryEvent.QueryRefused(
              refused.code(), Duration.ofSeconds(refused.retryAfterSeconds())));
      throw refused;
    }
  }

  @Override
  public Embeddings embed(Query query) throws QueryRefused, InterruptedException {
    return new EmbeddingRun(soFar -> start(soFar, QueueWatch.NONE), query, rules).run();
  }

  Id16 freshId() {
    return ids.get();
  }

  /// Asks the sources in their order; the refusal of the last one stands when nobody takes it.
  Attempt start(AnswerSoFar soFar, QueueWatch watch) throws QueryRefused, InterruptedException {
    QueryRefused last =
        new QueryRefused(RefusalCode.UNKNOWN_MODEL, "This node asks nobody for answers.", 0);
    for (AttemptSource source : sources) {
      try {
        return source.start(soFar, watch);
      } catch (QueryRefused refused) {
        last = refused;
      }
    }
    throw last;
  }

  /// The name of a model, asked for once; the beginning of its hash when nobody tells one.
  String nameOf(ModelHash model) throws InterruptedException {
    String known = names.get(model);
    if (known != null) {
      return known;
    }
    try {
      for (ServedModel served : models()) {
        if (names.size() < NAMES_MAX) {
          names.put(served.hash(), served.name());
        }
      }
    } catch (QueryRefused _) {
      // Then its hash has to do.
    }
    return names.getOrDefault(model, model.shortText());
  }

  @Override
  public List<ServedModel> models() throws QueryRefused, InterruptedException {
    Map<ModelHash, ServedModel> models = new LinkedHashMap<>();
    QueryRefused refusal = null;
    for (AttemptSource source : sources) {
      try {
        source.models().forEach(model -> models.putIfAbsent(model.hash(), model));
      } catch (QueryRefused refused) {
        refusal = refused;
      }
    }
    if (models.isEmpty() && refusal != null) {
      throw refusal;
    }
    return new ArrayList<>(models.values());
  }
}
