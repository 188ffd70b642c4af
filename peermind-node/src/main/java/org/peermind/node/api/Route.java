// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Where a request goes.
///
/// @param argument the model's id for [Page#MODEL], the path below `/peermind/` for [Page#OWNER],
///   else empty
record Route(Page page, String argument) {
  private static final String MODEL_PREFIX = "/v1/models/";
  private static final String OWNER_PREFIX = "/peermind/";

  /// The places of the API; the names also serve metrics.
  enum Page {
    HOME("GET", false, false),
    HEALTH("GET", false, false),
    METRICS("GET", true, false),
    STATUS("GET", true, false),
    MODELS("GET", true, true),
    MODEL("GET", true, true),
    CHAT("POST", true, true),
    RESPONSES("POST", true, true),
    COMPLETIONS("POST", true, true),
    EMBEDDINGS("POST", true, true),
    OWNER("GET, POST", true, false),
    UNKNOWN("GET", true, false);

    private final String method;
    private final boolean keyNeeded;
    private final boolean bounded;

    Page(String method, boolean keyNeeded, boolean bounded) {
      this.method = method;
      this.keyNeeded = keyNeeded;
      this.bounded = bounded;
    }

    /// The method it answers; HEAD counts as GET.
    String method() {
      return method;
    }

    boolean allows(String asked) {
      return List.of(method.split(", ", -1)).contains(asked.equals("HEAD") ? "GET" : asked);
    }

    boolean keyNeeded() {
      return keyNeeded;
    }

    /// Whether it counts against the concurrent requests: pages for monitoring must answer when the
    /// node is busy.
    boolean bounded() {
      return bounded;
    }
  }

  static Route of(String path) {
    return switch (path) {
      case "/" -> new Route(Page.HOME, "");
      case "/health" -> new Route(Page.HEALTH, "");
      case "/metrics" -> new Route(Page.METRICS, "");
      case "/status" -> new Route(Page.STATUS, "");
      case "/v1/models" -> new Route(Page.MODELS, "");
      case "/v1/chat/completions" -> new Route(Page.CHAT, "");
      case "/v1/responses" -> new Route(Page.RESPONSES, "");
      case "/v1/completions" -> new Route(Page.COMPLETIONS, "");
      case "/v1/embeddings" -> new Route(Page.EMBEDDINGS, "");
      default -> longer(path);
    };
  }

  private static Route longer(String path) {
    if (path.startsWith(OWNER_PREFIX)) {
      return new Route(Page.OWNER, path.substring(OWNER_PREFIX.length()));
    }
    return path.startsWith(MODEL_PREFIX) && path.length() > MODEL_PREFIX.length()
        ? model(path.substring(MODEL_PREFIX.length()))
        : new Route(Page.UNKNOWN, "");
  }

  private static Route model(String encoded) {
    try {
      // URLDecoder is made for forms, where a plus is a space; in a path it is a plus.
      String id = URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
      return new Route(Page.MODEL, id);
    } catch (IllegalArgumentException malformed) {
      return new Route(Page.UNKNOWN, "");
    }
  }
}
