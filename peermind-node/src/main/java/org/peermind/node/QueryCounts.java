// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.util.concurrent.atomic.LongAdder;
import org.peermind.telemetry.Event;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.QueryEvent;

/// How the answers of this node fared since it started, for `peermind status`.
final class QueryCounts implements EventLog {
  final LongAdder answered = new LongAdder();
  final LongAdder continued = new LongAdder();
  final LongAdder cancelled = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder refused = new LongAdder();
  final LongAdder served = new LongAdder();
  final LongAdder tokensServed = new LongAdder();
  final LongAdder nearTies = new LongAdder();

  @Override
  public void record(Event event) {
    if (!(event instanceof QueryEvent query)) {
      return;
    }
    switch (query) {
      case QueryEvent.AnswerFinished finished -> {
        boolean wanted = finished.ending() != QueryEvent.Ending.CANCELLED;
        (wanted ? answered : cancelled).increment();
        nearTies.add(finished.nearTies());
      }
      case QueryEvent.AnswerContinued _ -> continued.increment();
      case QueryEvent.AnswerFailed _ -> failed.increment();
      case QueryEvent.QueryRefused _ -> refused.increment();
      case QueryEvent.GenerationEnded ended -> {
        if (!ended.owner()) {
          served.increment();
          tokensServed.add(ended.completionTokens());
        }
      }
      case QueryEvent.AnswerStarted _, QueryEvent.GenerationFailed _ -> {}
    }
  }

  /// Every question that this node was asked.
  long asked() {
    return answered.sum() + cancelled.sum() + failed.sum() + refused.sum();
  }
}
