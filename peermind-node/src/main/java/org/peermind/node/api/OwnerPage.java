// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// A page by which the node's owner looks at or steers a part of it: `/peermind/` and the path. The
/// API checks who asks, as for its other pages.
///
/// @param method `GET`, or `POST` with a JSON object as its body
/// @param path after `/peermind/`, such as `ledger/begin`
public record OwnerPage(String method, String path, Answering answering) {
  private static final Pattern PATH = Pattern.compile("[a-z-]+(/[a-z-]+)*");

  public OwnerPage {
    if (!method.equals("GET") && !method.equals("POST")) {
      throw new IllegalArgumentException("a page of the owner's answers GET or POST");
    }
    if (!PATH.matcher(path).matches()) {
      throw new IllegalArgumentException("a path has lower-case words between slashes");
    }
  }

  /// Answers a request; called on many threads, may block for a while.
  @FunctionalInterface
  public interface Answering {
    Reply answer(Request request) throws Refused, InterruptedException;
  }

  /// What was asked.
  ///
  /// @param query parameters after the question mark, the first of each name
  /// @param body of a `POST`; an empty object otherwise
  public record Request(Map<String, String> query, JsonNode body) {
    public Request {
      query = Map.copyOf(query);
    }

    /// A whole number among the parameters; empty when it is not there.
    ///
    /// @throws Refused when it is something else, or not within the bounds
    public OptionalLong number(String name, long least, long most) throws Refused {
      String text = query.get(name);
      if (text == null) {
        return OptionalLong.empty();
      }
      if (text.matches("[0-9]{1,18}")) {
        long number = Long.parseLong(text);
        if (number >= least && number <= most) {
          return OptionalLong.of(number);
        }
      }
      throw new Refused(
          400, "invalid_value", "%s is a whole number from %d to %d.".formatted(name, least, most));
    }
  }

  /// The answer.
  ///
  /// @param status of HTTP
  public record Reply(int status, String contentType, String text) {
    public static Reply json(JsonNode document) {
      return new Reply(200, "application/json", document.toString());
    }

    public static Reply text(String text) {
      return new Reply(200, "text/plain; charset=utf-8", text);
    }
  }

  /// A request that is refused, with one sentence for the owner.
  public static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;

    /// @param status of HTTP, 4xx or 503
    /// @param code for programs
    public Refused(int status, String code, String sentence) {
      super(sentence);
      this.status = status;
      this.code = code;
    }

    int status() {
      return status;
    }

    String code() {
      return code;
    }
  }

  static JsonNode noBody() {
    return JsonNodeFactory.instance.objectNode();
  }
}
