// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.format.RegisterKind;
import org.peermind.energy.internal.format.Registers;
import org.peermind.energy.internal.format.UnreadableAnswer;
import org.peermind.energy.internal.profile.AnswerRule;
import org.peermind.energy.internal.profile.Profile;
import org.peermind.energy.internal.transport.GoodweInverter;
import org.peermind.energy.internal.transport.MulticastMeter;
import org.peermind.energy.internal.transport.NutServer;
import org.peermind.energy.internal.transport.ScriptedBroker;
import org.peermind.energy.internal.transport.ScriptedModbusServer;
import org.peermind.energy.internal.transport.SelfSigned;
import org.peermind.testkit.LoopbackServer;

/// A device that gives recorded answers over its own transport: a server on 127.0.0.1 that asks for
/// the password or token, with TLS where the device has it, or the file or program of the owner.
///
/// @param settings what the owner would write to reach it
record ServedDevice(Map<String, Object> settings, Closeable server) implements Closeable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SECRET = "open sesame";

  ServedDevice {
    settings = Map.copyOf(settings);
  }

  /// What is served.
  ///
  /// @param answers the text of each answer of the profile
  /// @param options their values, for the addresses that hold them
  /// @param broken whether no answer can come through, so that nobody needs to wait for one
  /// @param keys of the device's certificate
  record Scene(
      Profile profile,
      Map<AnswerRule, String> answers,
      Map<String, String> options,
      boolean broken,
      KeyPair keys,
      Path home) {
    Scene {
      answers = Map.copyOf(answers);
      options = Map.copyOf(options);
    }

    private String text(@Nullable Object template) {
      String filled = String.valueOf(template);
      for (Map.Entry<String, String> option : options.entrySet()) {
        filled = filled.replace("{" + option.getKey() + "}", option.getValue());
      }
      return filled;
    }
  }

  /// @param port where a network device listens; 0 finds a free one
  static ServedDevice start(Scene scene, int port) throws Exception {
    return switch (scene.profile().transport()) {
      case "command" -> {
        Path file = written(scene);
        yield new ServedDevice(
            Map.of("command", List.of("cat", file.toString())), () -> Files.delete(file));
      }
      case "file" -> {
        Path file = written(scene);
        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH)); // no file of the future
        yield new ServedDevice(Map.of("path", file.toString()), () -> Files.delete(file));
      }
      case "goodwe" -> goodwe(scene, port);
      case "http" -> http(scene, port);
      case "modbus" -> modbus(scene, port);
      case "mqtt" -> mqtt(scene, port);
      case "multicast" -> multicast(scene, port);
      case "nut" -> {
        NutServer server = new NutServer(port, texts(only(scene)));
        yield at(server.port(), server::close, Map.of());
      }
      default ->
          throw new AssertionError("No server speaks the transport " + scene.profile().transport());
    };
  }

  private static Path written(Scene scene) throws IOException {
    return Files.writeString(
        scene.home().resolve(scene.profile().name() + "-answer.txt"), only(scene));
  }

  private static String only(Scene scene) {
    return scene.answers().values().iterator().next();
  }

  private static ServedDevice at(int port, Closeable server, Map<String, ?> more) {
    Map<String, Object> settings = new HashMap<>(more);
    settings.put("host", "127.0.0.1");
    settings.put("port", port);
    return new ServedDevice(settings, server);
  }

  private static Map<String, String> texts(String json) throws JsonProcessingException {
    Map<String, String> texts = new LinkedHashMap<>();
    JSON.readTree(json)
        .properties()
        .forEach(member -> texts.put(member.getKey(), member.getValue().asText()));
    return texts;
  }

  private static ServedDevice goodwe(Scene scene, int port) throws Exception {
    Map<String, byte[]> frames = new HashMap<>();
    boolean tcp = false;
    for (Map.Entry<AnswerRule, String> answer : scene.answers().entrySet()) {
      Map<String, @Nullable Object> request = answer.getKey().request();
      String asked = scene.text(request.getOrDefault("aa55", request.get("registers")));
      String digits = answer.getValue().strip();
      tcp |= !digits.startsWith("aa55");
      frames.put(asked.replaceFirst("\\.\\..*", ""), HexFormat.of().parseHex(digits));
    }
    GoodweInverter server = new GoodweInverter(tcp, port, frames);
    Map<String, Object> more = new HashMap<>(Map.of("protocol", tcp ? "tcp" : "udp"));
    if (tcp) { // the owner has to say it where the family's dongles differ by UDP and TCP
      more.put("unit", frames.values().iterator().next()[6] & 0xFF);
    }
    if (scene.broken()) {
      more.putAll(Map.of("tries", 1, "patience", "200ms"));
    }
    return at(server.port(), server::close, more);
  }

  private static ServedDevice modbus(Scene scene, int port) throws Exception {
    Registers all = new Registers(1);
    for (String answer : scene.answers().values()) {
      try {
        Registers some = Registers.read(answer);
        for (RegisterKind kind : RegisterKind.values()) {
          for (int address : some.addresses(kind)) {
            all.put(kind, address, some.words(kind, address, 1).orElseThrow());
          }
        }
      } catch (UnreadableAnswer none) {
        // A device without registers.
      }
    }
    ScriptedModbusServer server = new ScriptedModbusServer(all, port);
    server.fillGaps();
    return at(server.port(), server::close, Map.of("settle", 0, "pause-between", 0));
  }

  private static ServedDevice mqtt(Scene scene, int port) throws Exception {
    List<ScriptedBroker.Message> messages = new ArrayList<>();
    List<String> complete = new ArrayList<>();
    for (Map.Entry<AnswerRule, String> answer : scene.answers().entrySet()) {
      Object filter = answer.getKey().request().get("complete");
      if (filter != null) {
        complete.add(scene.text(filter));
      }
      JSON.readTree(answer.getValue())
          .properties()
          .forEach(
              message -> {
                JsonNode payload = message.getValue().path("payload");
                messages.add(
                    new ScriptedBroker.Message(
                        message.getKey(),
                        payload.isContainerNode() ? payload.toString() : payload.asText(),
                        message.getValue().path("retained").asBoolean()));
              });
    }
    ScriptedBroker broker =
        new ScriptedBroker(port, messages, published -> completed(complete, published));
    boolean live = messages.stream().anyMatch(m -> !m.retained() && !m.payload().isEmpty());
    return at(
        broker.port(),
        broker::close,
        Map.of("patience", live && !scene.broken() ? "10s" : "300ms"));
  }

  /// The end of a full publishing, from the device that was asked for it.
  private static List<ScriptedBroker.Message> completed(List<String> filters, String published) {
    String[] asked = published.split("/", -1);
    return filters.stream()
        .map(
            filter ->
                filter.replaceFirst("/\\+/", "/" + asked[Math.min(1, asked.length - 1)] + "/"))
        .map(topic -> new ScriptedBroker.Message(topic, "{\"value\":1}", false))
        .toList();
  }

  private static ServedDevice multicast(Scene scene, int port) throws Exception {
    String group = String.valueOf(scene.profile().connection().get("group"));
    MulticastMeter meter = new MulticastMeter(group, port, only(scene));
    return at(meter.port(), meter, Map.of("patience", scene.broken() ? "200ms" : "1s"));
  }

  private static ServedDevice http(Scene scene, int port) throws Exception {
    Map<String, byte[]> bodies = new HashMap<>();
    scene
        .answers()
        .forEach(
            (rule, text) -> bodies.put(target(scene, rule), text.getBytes(StandardCharsets.UTF_8)));
    Map<String, @Nullable Object> connection = scene.profile().connection();
    boolean tls = Boolean.TRUE.equals(connection.get("tls"));
    ServerSocket listener =
        tls
            ? SelfSigned.listener(scene.keys(), port)
            : new ServerSocket(port, 16, InetAddress.getLoopbackAddress());
    LoopbackServer server =
        LoopbackServer.start(
            listener,
            (request, reply) -> {
              String refusal = refusal(connection, request);
              byte @Nullable [] body =
                  bodies.get(URLDecoder.decode(request.target(), StandardCharsets.UTF_8));
              if (refusal != null) {
                reply.raw(refusal);
              } else if (body == null) {
                reply.raw("HTTP/1.1 404 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
              } else {
                reply.raw(
                    "HTTP/1.1 200 X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                        .formatted(body.length));
                reply.raw(body);
              }
            });
    String auth = String.valueOf(connection.getOrDefault("auth", "none"));
    return at(
        listener.getLocalPort(),
        server::close,
        switch (auth) {
          case "none" -> Map.of();
          case "bearer", "header" -> Map.of("token", SECRET.replace(' ', '-'));
          default -> Map.of("user", "owner", "password", SECRET);
        });
  }

  /// What one who has not signed in is told; null for one who has.
  private static @Nullable String refusal(
      Map<String, @Nullable Object> connection, LoopbackServer.Request request) {
    Map<String, String> headers = request.headers();
    String authorization = headers.getOrDefault("authorization", "");
    String token = SECRET.replace(' ', '-');
    String end = "Content-Length: 0\r\nConnection: close\r\n\r\n";
    return switch (String.valueOf(connection.getOrDefault("auth", "none"))) {
      case "bearer" -> authorization.equals("Bearer " + token) ? null : "HTTP/1.1 401 X\r\n" + end;
      case "header" -> {
        String name = String.valueOf(connection.get("header")).toLowerCase(Locale.ROOT);
        yield token.equals(headers.get(name)) ? null : "HTTP/1.1 401 X\r\n" + end;
      }
      case "basic" -> authorization.startsWith("Basic ") ? null : "HTTP/1.1 401 X\r\n" + end;
      case "digest" ->
          authorization.startsWith("Digest ") && authorization.contains("nonce=\"n1\"")
              ? null
              : "HTTP/1.1 401 X\r\nWWW-Authenticate: Digest realm=\"device\", nonce=\"n1\","
                  + " qop=\"auth\", algorithm=SHA-256\r\n"
                  + end;
      case "cookie" -> {
        if (request.target().equals(connection.get("login"))) {
          yield request.body().contains(SECRET)
              ? "HTTP/1.1 200 X\r\nSet-Cookie: session=s1; Path=/\r\n" + end
              : "HTTP/1.1 401 X\r\n" + end;
        }
        yield headers.getOrDefault("cookie", "").contains("session=s1")
            ? null
            : "HTTP/1.1 401 X\r\n" + end;
      }
      default -> null;
    };
  }

  /// What is asked for, decoded.
  private static String target(Scene scene, AnswerRule rule) {
    StringBuilder target = new StringBuilder(String.valueOf(rule.request().get("get")));
    if (rule.request().get("query") instanceof Map<?, ?> query) {
      query.forEach(
          (name, value) ->
              target
                  .append(target.indexOf("?") < 0 ? '?' : '&')
                  .append(name)
                  .append('=')
                  .append(value));
    }
    String filled = scene.text(target);
    return URLDecoder.decode(filled.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
