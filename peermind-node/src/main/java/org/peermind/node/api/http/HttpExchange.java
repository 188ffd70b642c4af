// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api.http;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One request and its answer. Used by one thread.
public interface HttpExchange {
  /// In upper case.
  String method();

  /// The path as it was sent, still percent-encoded, without query.
  String path();

  /// What follows the question mark, still percent-encoded; empty when nothing does.
  String query();

  Optional<String> header(String name);

  List<String> headers(String name);

  /// Reads the body to its end.
  ///
  /// @param bytesMax the longest body allowed
  /// @throws BodyTooLarge as soon as a longer body is announced or has been read
  /// @throws BodyMalformed when the framing of the body is broken
  /// @throws IOException when the client went away
  byte[] body(int bytesMax) throws IOException;

  /// Calls `gone` at most once, from another thread, when the client closes its side of the
  /// connection before the exchange is over. A client that half-closes counts as gone, as with most
  /// servers. Call it after the body was read.
  void whenGone(Runnable gone);

  /// Sends a whole answer. When the body was not read the connection closes after it.
  void answer(int status, Map<String, String> headers, byte[] body) throws IOException;

  /// Starts an answer whose length is not known. `flush` sends what was written; `close` ends it.
  OutputStream stream(int status, Map<String, String> headers) throws IOException;
}
