// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.time.Duration;
import org.peermind.node.api.ApiEvents;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.Word;

/// Makes an event of every bug that the API meets; how answers fare is told by those who compute
/// them.
record ApiFailures(EventLog events) implements ApiEvents {
  private static final Word API = new Word("api");

  @Override
  public void requestEnded(String route, int status, Duration took) {}

  @Override
  public void clientLeft(String route) {}

  @Override
  public void failedUnexpectedly(String route, String exceptionClass, String at) {
    events.record(new NodeEvent.UnexpectedFailure(API, Word.near(exceptionClass), Word.near(at)));
  }
}
