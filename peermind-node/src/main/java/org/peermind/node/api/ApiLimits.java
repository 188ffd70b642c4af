// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.time.Duration;

/// How much a client of the API may ask for, and how long anything may take.
///
/// @param concurrentRequestsMax requests under `/v1` worked on at once; more are refused with 429
/// @param bodyBytesMax longest request body
/// @param promptBytesMax longest conversation, in UTF-8 (against abuse, spec section 7; 32 KiB by
///   default)
/// @param answerTokensDefault length of an answer when the client names none
/// @param answerTokensMax longest answer that may be asked for
/// @param readDeadline from the first byte of a request to the last
/// @param idleTimeout how long a kept-alive connection may wait for its next request
/// @param writeDeadline how long a client may leave one write unread
/// @param firstEventWait how long a stream waits for the first part of the answer before it commits
///   to status 200; a failure before that still gets a status of its own
/// @param commentInterval how often a silent stream writes a comment, which keeps proxies patient
/// @param drainGrace how long a closing server lets running answers go on
public record ApiLimits(
    int concurrentRequestsMax,
    int bodyBytesMax,
    int promptBytesMax,
    int answerTokensDefault,
    int answerTokensMax,
    Duration readDeadline,
    Duration idleTimeout,
    Duration writeDeadline,
    Duration firstEventWait,
    Duration commentInterval,
    Duration drainGrace) {

  public ApiLimits {
    if (concurrentRequestsMax < 1
        || bodyBytesMax < 1
        || promptBytesMax < 1
        || answerTokensDefault < 1
        || answerTokensMax < answerTokensDefault) {
      throw new IllegalArgumentException(
          "limits of the API are positive, and the default answer is not longer than the longest");
    }
  }

  public static ApiLimits defaults() {
    return new ApiLimits(
        64,
        1024 * 1024,
        32 * 1024,
        512,
        100_000,
        Duration.ofSeconds(10),
        Duration.ofSeconds(60),
        Duration.ofSeconds(30),
        Duration.ofSeconds(5),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10));
  }

  public ApiLimits withAnswerTokensDefault(int tokens) {
    return new ApiLimits(
        concurrentRequestsMax,
        bodyBytesMax,
        promptBytesMax,
        tokens,
        answerTokensMax,
        readDeadline,
        idleTimeout,
        writeDeadline,
        firstEventWait,
        commentInterval,
        drainGrace);
  }

  public ApiLimits withDrainGrace(Duration grace) {
    return new ApiLimits(
        concurrentRequestsMax,
        bodyBytesMax,
        promptBytesMax,
        answerTokensDefault,
        answerTokensMax,
        readDeadline,
        idleTimeout,
        writeDeadline,
        firstEventWait,
        commentInterval,
        grace);
  }
}
