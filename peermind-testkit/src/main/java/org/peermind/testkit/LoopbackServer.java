// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.testkit;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// An HTTP server on 127.0.0.1 that answers as a test says, down to the bytes: also with what no
/// proper server would send. One request for each connection, each on a thread of its own.
public final class LoopbackServer implements AutoCloseable {
  private final ServerSocket listener;
  private final Script script;
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  /// What came; the names of headers are in lower case.
  public record Request(String method, String target, Map<String, String> headers, String body) {
    public Request {
      headers = Map.copyOf(headers);
    }

    /// Method and target in one text.
    public String line() {
      return method + " " + target;
    }
  }

  /// Answers one request.
  @FunctionalInterface
  public interface Script {
    void answer(Request request, Reply reply) throws IOException, InterruptedException;
  }

  /// The way back to the one who asked.
  public static final class Reply {
    private final OutputStream out;
    private final Socket socket;

    private Reply(Socket socket) throws IOException {
      this.socket = socket;
      this.out = new BufferedOutputStream(socket.getOutputStream());
    }

    /// A whole answer with a JSON document.
    public void json(int status, String document) throws IOException {
      byte[] body = document.getBytes(StandardCharsets.UTF_8);
      raw(
          "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                  .formatted(status, body.length)
              + "Connection: close\r\n\r\n");
      raw(body);
    }

    /// The head of a stream of events that ends with the connection.
    public void beginEvents() throws IOException {
      raw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
    }

    /// One event.
    public void event(String data) throws IOException {
      raw("data: " + data + "\n\n");
    }

    public void raw(String text) throws IOException {
      raw(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Bytes as they are, sent at once.
    public void raw(byte[] bytes) throws IOException {
      out.write(bytes);
      out.flush();
    }

    /// Ends the connection by a reset, as a process that dies with data in flight does.
    public void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    /// Returns when the other side has closed the connection.
    public void awaitHangUp() {
      try {
        while (socket.getInputStream().read() >= 0) {
          // What is still sent does not matter.
        }
      } catch (IOException gone) {
        // A reset is a hang-up too.
      }
    }
  }

  private LoopbackServer(ServerSocket listener, Script script) {
    this.listener = listener;
    this.script = script;
  }

  /// Listens on a free port.
  public static LoopbackServer start(Script script) {
    try {
      return start(new ServerSocket(0, 64, InetAddress.getLoopbackAddress()), script);
    } catch (IOException noPort) {
      throw new UncheckedIOException(noPort);
    }
  }

  /// Listens where the test says, which may be with TLS.
  public static LoopbackServer start(ServerSocket listener, Script script) {
    LoopbackServer server = new LoopbackServer(listener, script);
    Thread.ofPlatform().daemon().name("loopback-server").start(server::accept);
    return server;
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  /// All requests so far, in the order in which they came.
  public List<Request> requests() {
    return List.copyOf(requests);
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        sockets.add(socket);
        if (listener.isClosed()) { // one more may come through while it is being closed
          socket.close();
          return;
        }
        Thread.ofVirtual().name("loopback-answer").start(() -> serve(socket));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      Request request = read(new BufferedInputStream(socket.getInputStream()));
      requests.add(request);
      script.answer(request, new Reply(socket));
    } catch (IOException gone) {
      // The client left, or the test is over.
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(socket);
    }
  }

  private static Request read(InputStream in) throws IOException {
    String[] first = line(in).split(" ", 3);
    if (first.length < 3) {
      throw new IOException("no request line");
    }
    Map<String, String> headers = new TreeMap<>();
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      int colon = header.indexOf(':');
      if (colon < 0) {
        throw new IOException("no header");
      }
      headers.put(
          header.substring(0, colon).toLowerCase(Locale.ROOT), header.substring(colon + 1).strip());
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
    return new Request(first[0], first[1], headers, body);
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new IOException("the client left");
      }
      line.write(next);
    }
    return line.toString(StandardCharsets.UTF_8).stripTrailing();
  }

  /// Ends every connection, as the death of a server does.
  @Override
  public void close() {
    try {
      listener.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException gone) {
      // It is closed either way.
    }
  }
}
