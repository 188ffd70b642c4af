// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An exchange on Helidon's request and response.
final class HelidonExchange implements HttpExchange {
  private static final int READ_BYTES = 16 * 1024;
  private static final Status PAYLOAD_TOO_LARGE = Status.REQUEST_ENTITY_TOO_LARGE_413;

  private final ServerRequest request;
  private final ServerResponse response;
  private final ClientConnection client;
  private boolean bodyRead;

  HelidonExchange(ServerRequest request, ServerResponse response, ClientConnection client) {
    this.request = request;
    this.response = response;
    this.client = client;
    if (request.content().consumed() || !request.content().hasEntity()) {
      bodyIsRead();
    }
  }

  @Override
  public String method() {
    return request.prologue().method().text();
  }

  @Override
  public String path() {
    return request.path().rawPath();
  }

  @Override
  public String query() {
    return request.query().rawValue();
  }

  @Override
  public Optional<String> header(String name) {
    List<String> values = headers(name);
    return values.isEmpty() ? Optional.empty() : Optional.of(values.getFirst());
  }

  @Override
  public List<String> headers(String name) {
    return request.headers().all(HeaderNames.create(name), List::of);
  }

  @Override
  public byte[] body(int bytesMax) throws IOException {
    if (bodyRead) {
      return new byte[0];
    }
    if (request.headers().contentLength().orElse(0) > bytesMax) {
      throw new BodyTooLarge(bytesMax);
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream(READ_BYTES);
    byte[] chunk = new byte[READ_BYTES];
    try {
      // Not closed: closing would wait for the rest of a body that is being refused.
      InputStream in = request.content().inputStream();
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        body.write(chunk, 0, read);
        if (body.size() > bytesMax) {
          throw new BodyTooLarge(bytesMax);
        }
      }
    } catch (RequestException refused) {
      // Helidon refuses a chunk whose announced length passes the limit before it reads it.
      throw refusal(refused.status(), bytesMax);
    } catch (HttpException refused) {
      throw refusal(refused.status(), bytesMax);
    } catch (IllegalArgumentException notHexadecimal) {
      throw new BodyMalformed();
    } catch (RuntimeException cut) {
      throw new ClientGone();
    }
    bodyIsRead();
    return body.toByteArray();
  }

  private static IOException refusal(Status status, int bytesMax) {
    return status.code() == PAYLOAD_TOO_LARGE.code()
        ? new BodyTooLarge(bytesMax)
        : new BodyMalformed();
  }

  private void bodyIsRead() {
    bodyRead = true;
    client.requestRead();
  }

  @Override
  public void whenGone(Runnable gone) {
    client.watch(gone);
  }

  @Override
  public void answer(int status, Map<String, String> headers, byte[] body) throws IOException {
    head(status, headers);
    if (!bodyRead) {
      client.endWithUnreadInput();
      response.header(HeaderValues.CONNECTION_CLOSE);
    }
    try {
      if (method().equals("HEAD")) {
        response.header(HeaderNames.CONTENT_LENGTH, Integer.toString(body.length));
        response.send(new byte[0]);
      } else {
        response.send(body);
      }
    } catch (RuntimeException broken) {
      throw new ClientGone();
    }
  }

  @Override
  public OutputStream stream(int status, Map<String, String> headers) throws IOException {
    head(status, headers);
    try {
      return new ClientStream(response.outputStream());
    } catch (RuntimeException broken) {
      throw new ClientGone();
    }
  }

  private void head(int status, Map<String, String> headers) {
    response.status(Status.create(status));
    headers.forEach((name, value) -> response.header(HeaderNames.create(name), value));
  }

  boolean mustClose() {
    return !bodyRead;
  }

  /// Tells a broken connection as [ClientGone]: Helidon throws runtime exceptions.
  private static final class ClientStream extends OutputStream {
    private final OutputStream out;

    ClientStream(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int oneByte) throws IOException {
      write(new byte[] {(byte) oneByte}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (RuntimeException broken) {
        throw new ClientGone();
      }
    }

    @Override
    public void flush() throws IOException {
      try {
        out.flush();
      } catch (RuntimeException broken) {
        throw new ClientGone();
      }
    }

    @Override
    public void close() throws IOException {
      try {
        out.close();
      } catch (RuntimeException broken) {
        throw new ClientGone();
      }
    }
  }
}
