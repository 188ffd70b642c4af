// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.SettingsReader;

/// One request of a profile, ready to be sent.
///
/// @param method GET or POST
/// @param target path and query, encoded (RFC 3986)
/// @param body null for a GET
record HttpAsk(String method, String target, Map<String, String> headers, @Nullable String body) {
  private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
  private static final Pattern PRINTABLE = Pattern.compile("[\\x20-\\x7E\\t]{0,8192}");
  private static final Set<String> NOT_OURS =
      Set.of("connection", "content-length", "expect", "host", "upgrade", "transfer-encoding");
  private static final String UNENCODED = "-._~!$&'()*+,;=:@/?";
  private static final int TARGET_CHARACTERS_MAX = 8192;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  HttpAsk {
    headers = Map.copyOf(headers);
  }

  /// Reads a request section; what is wrong is noted there.
  static HttpAsk of(SettingsReader request) {
    Optional<String> get = request.text("get");
    Optional<String> post = request.text("post");
    if (get.isPresent() == post.isPresent()) {
      request.problem("get", "or post must name the path, and only one of them");
    }
    String path = get.or(() -> post).orElse("/");
    if (!path.startsWith("/") && !path.startsWith("{")) {
      request.problem(get.isPresent() ? "get" : "post", "must be a path that begins with /");
    }
    Map<String, String> query = texts(request, "query");
    String target = target(path.startsWith("/") ? path : "/" + path, query);
    if (target.length() > TARGET_CHARACTERS_MAX) {
      request.problem("query", "makes an address of more than 8192 characters");
    }
    String body = body(request);
    if (post.isEmpty() && request.has("body")) {
      request.problem("body", "goes with post only");
    }
    return new HttpAsk(
        post.isPresent() ? "POST" : "GET",
        target,
        headers(request),
        post.isPresent() ? body : null);
  }

  /// The headers of a section, checked (RFC 9110 section 5).
  static Map<String, String> headers(SettingsReader section) {
    Map<String, String> headers = texts(section, "headers");
    headers.forEach(
        (name, value) -> {
          if (!HEADER_NAME.matcher(name).matches()
              || NOT_OURS.contains(name.toLowerCase(Locale.ROOT))) {
            section.problem("headers", "cannot hold a header of this name: " + printable(name));
          } else if (!printable(value, 0)) {
            section.problem("headers." + name, "may hold printable ASCII characters only");
          }
        });
    return headers;
  }

  /// Whether a value can stand in a header.
  static boolean printable(String value, int charactersMin) {
    return value.length() >= charactersMin && PRINTABLE.matcher(value).matches();
  }

  private static String printable(String name) {
    String shown = name.replaceAll("[^\\x20-\\x7E]", "?");
    return shown.length() <= 60 ? shown : shown.substring(0, 60) + "...";
  }

  static Map<String, String> texts(SettingsReader section, String key) {
    Map<String, String> texts = new LinkedHashMap<>();
    section
        .members(key)
        .forEach(
            (name, value) -> {
              if (value == null || value instanceof Map || value instanceof Iterable) {
                section.problem(key + "." + printable(name), "must be a single value");
              } else {
                texts.put(name, value.toString());
              }
            });
    return texts;
  }

  private static @Nullable String body(SettingsReader request) {
    if (!request.has("body")) {
      return null;
    }
    return request.value("body") instanceof Map<?, ?>
        ? json(request.members("body"))
        : request.text("body", "");
  }

  /// `members` as a JSON object.
  static String json(Map<String, ?> members) {
    try {
      return MAPPER.writeValueAsString(members);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("What YAML holds is always JSON", impossible);
    }
  }

  /// This request with more in its query.
  HttpAsk with(Map<String, String> query) {
    return query.isEmpty() ? this : new HttpAsk(method, target(target, query), headers, body);
  }

  /// Where a redirect on the same device leads.
  HttpAsk at(String otherTarget) {
    return new HttpAsk(method, otherTarget, headers, body);
  }

  private static String target(String path, Map<String, String> query) {
    StringBuilder target = new StringBuilder();
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      char c = (char) (bytes[i] & 0xFF);
      boolean encoded = c == '%' && isHex(bytes, i + 1) && isHex(bytes, i + 2);
      boolean plain = c < 0x80 && (Character.isLetterOrDigit(c) || UNENCODED.indexOf(c) >= 0);
      if (encoded || plain) {
        target.append(c);
      } else {
        target.append("%%%02X".formatted((int) c));
      }
    }
    query.forEach(
        (name, value) ->
            target
                .append(target.indexOf("?") < 0 ? '?' : '&')
                .append(encoded(name))
                .append('=')
                .append(encoded(value)));
    return target.toString();
  }

  private static boolean isHex(byte[] bytes, int at) {
    return at < bytes.length && Character.digit(bytes[at], 16) >= 0;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public String toString() {
    return method; // path, headers and body may hold a token
  }
}
