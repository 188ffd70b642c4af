// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// An HTTP client that sends exactly the bytes it is told to, so that tests can be wrong on
/// purpose.
final class RawClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  RawClient(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  RawClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
  }

  record Response(int status, Map<String, String> headers, String body) {
    String header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }
  }

  static Response get(int port, String path) throws IOException {
    try (RawClient client = new RawClient(port)) {
      return client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n").response();
    }
  }

  static Response chat(int port, String json) throws IOException {
    try (RawClient client = new RawClient(port)) {
      return client.sendChat(json).response();
    }
  }

  /// Posts JSON to any page.
  static Response post(int port, String path, String json) throws IOException {
    try (RawClient client = new RawClient(port)) {
      return client
          .send(chatRequest("", json).replaceFirst("/v1/chat/completions", path))
          .response();
    }
  }

  RawClient sendChat(String json) throws IOException {
    return send(chatRequest("", json));
  }

  /// @param headers more header lines, each ending with CR LF
  static String chatRequest(String headers, String json) {
    int length = json.getBytes(StandardCharsets.UTF_8).length;
    return chatHead(headers + "Content-Length: " + length + "\r\n") + json;
  }

  /// The head of a chat request, to be followed by any body.
  static String chatHead(String headers) {
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
        + "Content-Type: application/json\r\n"
        + headers
        + "\r\n";
  }

  RawClient send(String request) throws IOException {
    return send(request.getBytes(StandardCharsets.UTF_8));
  }

  RawClient send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /// Reads a whole response, chunked or not.
  Response response() throws IOException {
    Response head = head();
    if (head.header("transfer-encoding").equals("chunked")) {
      return new Response(head.status(), head.headers(), restOfChunks());
    }
    int length = Integer.parseInt(head.headers().getOrDefault("content-length", "0"));
    return new Response(
        head.status(), head.headers(), new String(exactly(length), StandardCharsets.UTF_8));
  }

  /// Reads the status line and headers.
  Response head() throws IOException {
    int status = Integer.parseInt(line().split(" ", 3)[1]);
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      String[] field = line.split(":", 2);
      headers.put(field[0].toLowerCase(Locale.ROOT), field[1].strip());
    }
    return new Response(status, headers, "");
  }

  /// Reads one chunk; empty at the end of the body.
  String chunk() throws IOException {
    int length = Integer.parseInt(line(), 16);
    byte[] bytes = exactly(length);
    line();
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /// Reads the chunks up to the end of the body.
  String restOfChunks() throws IOException {
    StringBuilder rest = new StringBuilder();
    for (String chunk = chunk(); !chunk.isEmpty(); chunk = chunk()) {
      rest.append(chunk);
    }
    return rest.toString();
  }

  /// Whether the server closed the connection.
  boolean atEnd() throws IOException {
    try {
      return in.read() < 0;
    } catch (SocketException reset) {
      return true;
    }
  }

  private byte[] exactly(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the server closed the connection within a body");
    }
    return bytes;
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("the server closed the connection within a line");
      }
      line.write(next);
    }
    return line.toString(StandardCharsets.UTF_8).stripTrailing();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
