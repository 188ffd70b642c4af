// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The answer of a NUT server to `LIST VAR UPS`.
public final class NutServer implements AutoCloseable {
  private final ServerSocket server;
  private final Map<String, String> variables;
  private final List<Socket> clients = new ArrayList<>();

  /// @param port 0 finds a free one
  public NutServer(int port, Map<String, String> variables) throws IOException {
    this.variables = new LinkedHashMap<>(variables);
    server = new ServerSocket(port, 5, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().name("nut-server").start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        synchronized (this) {
          if (server.isClosed()) { // one more may come through while it is being closed
            client.close();
            return;
          }
          clients.add(client);
        }
        Thread.ofVirtual().name("nut-client").start(() -> serve(client));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void serve(Socket client) {
    try (client) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        client.getOutputStream().write(answer(line).getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException gone) {
      // The client left, or the test is over.
    }
  }

  private String answer(String line) {
    if (!line.startsWith("LIST VAR ")) {
      return "ERR UNKNOWN-COMMAND\n";
    }
    String ups = line.substring(9);
    StringBuilder answer = new StringBuilder("BEGIN LIST VAR " + ups + "\n");
    variables.forEach(
        (name, value) ->
            answer.append(
                "VAR %s %s \"%s\"\n"
                    .formatted(ups, name, value.replace("\\", "\\\\").replace("\"", "\\\""))));
    return answer.append("END LIST VAR ").append(ups).append('\n').toString();
  }

  @Override
  public synchronized void close() throws IOException {
    server.close();
    for (Socket client : clients) {
      client.close();
    }
  }
}
