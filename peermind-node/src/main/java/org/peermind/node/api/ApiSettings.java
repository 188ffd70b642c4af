// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// Where the API listens and who may use it.
///
/// @param address loopback by default; any other needs a key
/// @param port 0 takes a free one
/// @param key what clients send as `Authorization: Bearer KEY`; empty means that no key is asked
///   for
/// @param allowedOrigins web pages, as `scheme://host[:port]`, whose scripts may use the API
public record ApiSettings(
    InetAddress address,
    int port,
    Optional<String> key,
    List<String> allowedOrigins,
    ApiLimits limits) {
  /// The port of the design's conventions (section 14).
  public static final int PORT_DEFAULT = 4478;

  private static final int KEY_CHARACTERS_MIN = 16;

  /// @throws IllegalArgumentException with a sentence for the owner when the values would leave the
  ///   API open to strangers
  public ApiSettings {
    allowedOrigins = List.copyOf(allowedOrigins);
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "The port of api.listen must lie between 0 and 65535, not " + port + ".");
    }
    if (!address.isLoopbackAddress() && key.isEmpty()) {
      throw new IllegalArgumentException(
          "api.listen %s can be reached by others: set api.key, or use 127.0.0.1."
              .formatted(address.getHostAddress()));
    }
    if (key.isPresent() && !key.get().matches("[!-~]{%d,}".formatted(KEY_CHARACTERS_MIN))) {
      throw new IllegalArgumentException(
          "api.key needs at least %d printable ASCII characters without spaces."
              .formatted(KEY_CHARACTERS_MIN));
    }
  }

  /// Loopback only, without a key.
  public static ApiSettings onLoopback(int port) {
    return new ApiSettings(
        InetAddress.getLoopbackAddress(), port, Optional.empty(), List.of(), ApiLimits.defaults());
  }

  public ApiSettings withLimits(ApiLimits newLimits) {
    return new ApiSettings(address, port, key, allowedOrigins, newLimits);
  }

  /// Leaves the key out.
  @Override
  public String toString() {
    return "ApiSettings[" + address.getHostAddress() + ":" + port + "]";
  }
}
