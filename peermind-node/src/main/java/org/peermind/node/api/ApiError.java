// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.Optional;
import org.peermind.node.query.AnswerEvent;
import org.peermind.node.query.QueryRefused;
import org.peermind.protocol.RefusalCode;

/// A refusal in OpenAI's form.
///
/// @param status of HTTP
/// @param type `invalid_request_error`, `rate_limit_error` or `server_error`
/// @param param the field of the request that is wrong
/// @param code for programs
/// @param retryAfterSeconds 0 leaves the header out
record ApiError(
    int status,
    String message,
    String type,
    Optional<String> param,
    Optional<String> code,
    int retryAfterSeconds) {

  private static final String INVALID_REQUEST = "invalid_request_error";
  private static final String RATE_LIMIT = "rate_limit_error";
  private static final String SERVER = "server_error";

  static ApiError invalid(int status, String code, String message) {
    return new ApiError(status, message, INVALID_REQUEST, Optional.empty(), Optional.of(code), 0);
  }

  static ApiError invalidField(String param, String code, String message) {
    return new ApiError(400, message, INVALID_REQUEST, Optional.of(param), Optional.of(code), 0);
  }

  static ApiError busy(int requestsMax) {
    return new ApiError(
        429,
        "This node already works on %d requests; wait for one to end.".formatted(requestsMax),
        RATE_LIMIT,
        Optional.empty(),
        Optional.of("rate_limit_exceeded"),
        1);
  }

  static ApiError stopping() {
    return new ApiError(
        503, "This node is stopping.", SERVER, Optional.empty(), Optional.of("node_stopping"), 5);
  }

  static ApiError bug() {
    return new ApiError(
        500,
        "The node failed in a way nobody expected; its log says where.",
        SERVER,
        Optional.empty(),
        Optional.of("internal_error"),
        0);
  }

  /// @param texts the field that holds what was asked, named when that is too long
  static ApiError of(QueryRefused refused, String texts) {
    return of(
        refused.code(), String.valueOf(refused.getMessage()), refused.retryAfterSeconds(), texts);
  }

  /// @param texts the field that holds what was asked, named when that is too long
  static ApiError of(AnswerEvent.Failed failed, String texts) {
    return of(failed.code(), failed.reason(), failed.retryAfterSeconds(), texts);
  }

  /// A spent budget is 429. A full network (`NO_USER_SLOT`) is 503 like every other lack of power
  /// or capacity, not 429: 429 says that this client asks too much, and programs answer it by
  /// slowing this one key down.
  private static ApiError of(RefusalCode code, String reason, int retryAfterSeconds, String texts) {
    return switch (code) {
      case UNKNOWN_MODEL -> invalidFor(404, reason, "model", "model_not_found");
      case CONTEXT_TOO_LONG -> invalidFor(400, reason, texts, "context_length_exceeded");
      case BAD_REQUEST -> invalid(400, code.text(), reason);
      case BUDGET_SPENT ->
          new ApiError(
              429,
              reason,
              RATE_LIMIT,
              Optional.empty(),
              Optional.of(code.text()),
              Math.max(1, retryAfterSeconds));
      case NO_POWER, NO_CAPACITY, NO_USER_SLOT, NO_REFEREE, INFERER_FAILED ->
          new ApiError(
              503,
              reason,
              SERVER,
              Optional.empty(),
              Optional.of(code.text()),
              Math.max(0, retryAfterSeconds));
    };
  }

  private static ApiError invalidFor(int status, String reason, String param, String code) {
    return new ApiError(status, reason, INVALID_REQUEST, Optional.of(param), Optional.of(code), 0);
  }
}
