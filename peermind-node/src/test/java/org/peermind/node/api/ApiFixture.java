// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.peermind.testkit.VirtualClock;

/// Starts API servers on free ports with a standing clock and seeded ids.
final class ApiFixture {
  static final NodePages PAGES =
      new NodePages(
          Health::good,
          () -> "peermind_up 1\n",
          () -> "{\"nodes\":[{\"name\":\"home\"}]}",
          List.of());

  private ApiFixture() {}

  static ApiServer start(ScriptedAnswers answers) throws ApiNotStarted {
    return start(answers, ApiSettings.onLoopback(0));
  }

  static ApiServer start(ScriptedAnswers answers, ApiLimits limits) throws ApiNotStarted {
    return start(answers, ApiSettings.onLoopback(0).withLimits(limits));
  }

  static ApiServer start(ScriptedAnswers answers, ApiSettings settings) throws ApiNotStarted {
    return ApiServer.start(
        settings,
        answers,
        PAGES,
        new VirtualClock(Instant.parse("2026-11-22T12:00:00Z")),
        new Random(1),
        ApiEvents.NONE);
  }

  /// Limits of a test that waits for them to pass: all waits are short.
  static ApiLimits impatient() {
    return new ApiLimits(
        2,
        1024 * 1024,
        32 * 1024,
        512,
        100_000,
        Duration.ofMillis(700),
        Duration.ofMillis(1_500),
        Duration.ofMillis(700),
        Duration.ofMillis(50),
        Duration.ofMillis(50),
        Duration.ofMillis(200));
  }
}
