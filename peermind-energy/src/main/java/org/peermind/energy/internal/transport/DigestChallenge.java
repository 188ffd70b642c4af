// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A device's challenge by HTTP digest authentication (RFC 7616), with MD5 or SHA-256. Pure: the
/// caller brings the client's nonce and counts.
///
/// @param algorithm as the device wrote it, null when it did not, which means MD5
/// @param protectedAnswer whether the device knows `qop=auth`; older ones do not
record DigestChallenge(
    String realm,
    String nonce,
    @Nullable String opaque,
    @Nullable String algorithm,
    boolean protectedAnswer,
    boolean hashedUser) {
  private static final int CHARACTERS_MAX = 8192;
  private static final Pattern PART =
      Pattern.compile(
          "([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?:\\s*+=\\s*+(\"(?:[^\"\\\\]++|\\\\.)*+\"|[^\\s,\"]++))?");

  /// The strongest challenge that can be answered; empty when there is none.
  ///
  /// @param headers the values of `WWW-Authenticate`, each with one or more challenges
  static Optional<DigestChallenge> strongest(List<String> headers) {
    List<DigestChallenge> found = new ArrayList<>();
    for (String header : headers) {
      if (header.length() <= CHARACTERS_MAX) {
        found.addAll(challenges(header));
      }
    }
    return found.stream()
        .filter(challenge -> challenge.digest() != null)
        .max((a, b) -> Integer.compare(a.strength(), b.strength()));
  }

  private static List<DigestChallenge> challenges(String header) {
    List<DigestChallenge> found = new ArrayList<>();
    Map<String, String> members = new LinkedHashMap<>();
    boolean digest = false;
    Matcher part = PART.matcher(header);
    while (part.find()) {
      if (part.group(2) != null) {
        members.put(part.group(1).toLowerCase(Locale.ROOT), unquoted(part.group(2)));
      } else { // a word alone begins the next challenge
        add(found, digest, members);
        members.clear();
        digest = part.group(1).equalsIgnoreCase("digest");
      }
    }
    add(found, digest, members);
    return found;
  }

  private static void add(
      List<DigestChallenge> found, boolean digest, Map<String, String> members) {
    String nonce = members.get("nonce");
    String qop = members.get("qop");
    boolean auth = qop != null && List.of(qop.split("[\\s,]+")).contains("auth");
    if (digest && nonce != null && (qop == null || auth)) {
      found.add(
          new DigestChallenge(
              members.getOrDefault("realm", ""),
              nonce,
              members.get("opaque"),
              members.get("algorithm"),
              auth,
              "true".equalsIgnoreCase(members.get("userhash"))));
    }
  }

  private static String unquoted(String value) {
    return value.startsWith("\"")
        ? value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1")
        : value;
  }

  /// The value of `Authorization` for one request.
  ///
  /// @param count how many requests this nonce has answered, with this one
  /// @param clientNonce hexadecimal digits that nobody can guess
  String answer(
      String user, String password, String method, String target, int count, String clientNonce) {
    String secret = hash(user + ":" + realm + ":" + password);
    if (isSession()) {
      secret = hash(secret + ":" + nonce + ":" + clientNonce);
    }
    String what = hash(method + ":" + target);
    String counted = "%08x".formatted(count);
    String response =
        protectedAnswer
            ? hash(String.join(":", secret, nonce, counted, clientNonce, "auth", what))
            : hash(String.join(":", secret, nonce, what));
    StringBuilder answer = new StringBuilder("Digest ");
    answer
        .append("username=")
        .append(quoted(hashedUser ? hash(user + ":" + realm) : user))
        .append(", realm=")
        .append(quoted(realm))
        .append(", nonce=")
        .append(quoted(nonce))
        .append(", uri=")
        .append(quoted(target))
        .append(", response=")
        .append(quoted(response));
    if (algorithm != null) {
      answer.append(", algorithm=").append(algorithm);
    }
    if (protectedAnswer) {
      answer.append(", qop=auth, nc=").append(counted);
    }
    if (protectedAnswer || isSession()) {
      answer.append(", cnonce=").append(quoted(clientNonce));
    }
    if (opaque != null) {
      answer.append(", opaque=").append(quoted(opaque));
    }
    if (hashedUser) {
      answer.append(", userhash=true");
    }
    return answer.toString();
  }

  private boolean isSession() {
    return algorithm != null && algorithm.toLowerCase(Locale.ROOT).endsWith("-sess");
  }

  private int strength() {
    return "SHA-256".equals(digest()) ? 1 : 0;
  }

  /// The JDK's name of the hash, null for one that we do not know.
  private @Nullable String digest() {
    return switch (algorithm == null ? "md5" : algorithm.toLowerCase(Locale.ROOT)) {
      case "md5", "md5-sess" -> "MD5";
      case "sha-256", "sha-256-sess" -> "SHA-256";
      default -> null;
    };
  }

  private String hash(String text) {
    String name = digest();
    try {
      MessageDigest hash = MessageDigest.getInstance(name == null ? "MD5" : name);
      return HexFormat.of().formatHex(hash.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every JDK has MD5 and SHA-256", impossible);
    }
  }

  private static String quoted(String value) {
    return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
