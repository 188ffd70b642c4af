// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.peermind.energy.internal.transport.Transport.Surroundings;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsReader;

/// The link to a NUT server; it connects for each question, which costs nothing at this pace.
final class NutLink implements DeviceLink {
  private static final int LINE_BYTES_MAX = 4096;
  private static final int VARIABLES_MAX = 1000;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Settings settings;
  private final Surroundings surroundings;
  private final GrowingPause pause;
  private final OpenSocket open = new OpenSocket();

  record Settings(String host, int port, String user, HttpSecret password, Duration patience) {}

  NutLink(Settings settings, Surroundings surroundings) {
    this.settings = settings;
    this.surroundings = surroundings;
    this.pause =
        new GrowingPause(surroundings.time(), Duration.ofSeconds(1), Duration.ofMinutes(1));
  }

  @Override
  public Answer ask(SettingsReader request) throws EnergyAdapterException, InterruptedException {
    String ups = request.text("variables", "");
    if (!NutTransport.isName(ups)) {
      throw failed("the UPS needs a name of letters, digits, dots, hyphens and underlines");
    }
    if (!pause.left().isZero()) {
      throw failed("it is tried again in %d s".formatted(pause.left().toSeconds() + 1));
    }
    String password = settings.password().read();
    if (!password.isEmpty() && (password.contains("\"") || password.contains("\\"))) {
      throw failed("the password must not contain quotes or backslashes");
    }
    try {
      Map<String, String> variables = variables(ups, password);
      pause.over();
      return new Answer(JSON.writeValueAsString(variables), surroundings.time().instant());
    } catch (Refused refused) {
      pause.failed();
      throw failed(refused.clause());
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("A map of texts is always JSON", impossible);
    } catch (IOException failure) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      pause.failed();
      throw failed(clause(failure));
    } finally {
      open.release();
    }
  }

  private Map<String, String> variables(String ups, String password) throws IOException {
    Lines lines =
        new Lines(open.adopt(new Socket()), System.nanoTime() + settings.patience().toNanos());
    lines.connect(settings.host(), settings.port());
    if (!settings.user().isEmpty()) {
      lines.expectOk("USERNAME " + settings.user());
      lines.expectOk("PASSWORD \"" + password + "\"");
    }
    lines.send("LIST VAR " + ups);
    String begin = lines.read();
    if (!begin.equals("BEGIN LIST VAR " + ups)) {
      throw new Refused(refusal(begin));
    }
    Map<String, String> variables = new LinkedHashMap<>();
    String end = "END LIST VAR " + ups;
    String start = "VAR " + ups + " ";
    for (String line = lines.read(); !line.equals(end); line = lines.read()) {
      int space = line.indexOf(' ', start.length());
      if (!line.startsWith(start) || space < 0 || variables.size() >= VARIABLES_MAX) {
        throw new Refused("its list of variables cannot be read");
      }
      variables.put(line.substring(start.length(), space), unquoted(line.substring(space + 1)));
    }
    return variables;
  }

  private static String unquoted(String text) {
    String inner =
        text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")
            ? text.substring(1, text.length() - 1)
            : text;
    return inner.replace("\\\"", "\"").replace("\\\\", "\\");
  }

  private static String refusal(String line) {
    String word = line.startsWith("ERR ") ? line.substring(4).split(" ", 2)[0] : "";
    return switch (word) {
      case "UNKNOWN-UPS" -> "it knows no UPS of that name; give its name in the option ups";
      case "ACCESS-DENIED",
          "USERNAME-REQUIRED",
          "PASSWORD-REQUIRED",
          "INVALID-PASSWORD",
          "INVALID-USERNAME" ->
          "it does not accept the user and password";
      case "DATA-STALE" -> "it does not hear the UPS itself";
      case "DRIVER-NOT-CONNECTED" -> "its driver does not run";
      default -> "it answers something that is no list of variables";
    };
  }

  private static String clause(IOException failure) {
    return switch (failure) {
      case SocketTimeoutException _ -> "it does not answer in time";
      case UnknownHostException _ -> "its name is not known";
      case ConnectException _ -> "the connection is refused";
      case EOFException _ -> "it closed the connection";
      default -> "the connection is broken";
    };
  }

  private EnergyAdapterException failed(String clause) {
    return new EnergyAdapterException(
        "The NUT server at %s:%d gives no reading: %s."
            .formatted(
                settings.host(), settings.port(), open.isClosed() ? "the link is closed" : clause));
  }

  @Override
  public Duration rest() {
    return pause.left();
  }

  @Override
  public void close() {
    open.close();
  }

  /// Lines with a common deadline.
  private static final class Lines {
    private final Socket socket;
    private final long deadline;
    private final byte[] buffer = new byte[LINE_BYTES_MAX];
    private int filled;
    private int taken;

    Lines(Socket socket, long deadline) {
      this.socket = socket;
      this.deadline = deadline;
    }

    void connect(String host, int port) throws IOException {
      InetSocketAddress address = new InetSocketAddress(host, port);
      if (address.isUnresolved()) {
        throw new UnknownHostException(host);
      }
      socket.connect(address, millis());
    }

    private int millis() throws SocketTimeoutException {
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        throw new SocketTimeoutException("no time left");
      }
      return (int) Math.min(millis, 60_000);
    }

    void send(String line) throws IOException {
      socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    void expectOk(String line) throws IOException {
      send(line);
      String answer = read();
      if (!answer.startsWith("OK")) {
        throw new Refused(refusal(answer));
      }
    }

    String read() throws IOException {
      byte[] line = new byte[LINE_BYTES_MAX];
      int length = 0;
      InputStream in = socket.getInputStream();
      while (true) {
        if (taken == filled) {
          socket.setSoTimeout(millis());
          filled = in.read(buffer);
          taken = 0;
          if (filled < 0) {
            filled = 0;
            throw new EOFException("the connection was closed");
          }
          continue;
        }
        byte next = buffer[taken++];
        if (next == '\n') {
          return new String(line, 0, length, StandardCharsets.UTF_8).strip();
        }
        if (length == LINE_BYTES_MAX) {
          throw new Refused("it answers with a line longer than 4 KiB");
        }
        line[length++] = next;
      }
    }
  }

  /// The server says no, or nonsense; the message is a clause.
  private static final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    Refused(String clause) {
      super(clause);
    }

    String clause() {
      return String.valueOf(getMessage());
    }
  }
}
