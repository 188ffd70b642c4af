// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.testkit;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.peermind.testkit.LoopbackServer.Reply;
import org.peermind.testkit.LoopbackServer.Request;

/// A server that speaks Ollama's dialect (origin: documented; docs/api.md and docs/openai.md of its
/// repository, not a recording). It holds one model or none and answers every question with the
/// same words. A chat loads the model when it is not there, as Ollama's does.
public final class OllamaScript implements AutoCloseable {
  public static final String MODEL = "llama3.2:latest";

  private final LoopbackServer server;
  private final List<String> words;
  private volatile boolean loaded;
  private volatile boolean clings;

  private OllamaScript(List<String> words) {
    this.words = List.copyOf(words);
    this.server = LoopbackServer.start(this::answer);
  }

  /// Starts on a free port.
  ///
  /// @param words of every answer, a delta each; plain text without quotes
  public static OllamaScript start(List<String> words) {
    return new OllamaScript(words);
  }

  public URI url() {
    return server.url();
  }

  public boolean isLoaded() {
    return loaded;
  }

  /// From now on it says that it unloads and does not.
  public void cling() {
    clings = true;
  }

  public List<Request> requests() {
    return server.requests();
  }

  private void answer(Request request, Reply reply) throws IOException {
    switch (request.line()) {
      case "GET /api/version" -> reply.json(200, "{\"version\":\"0.9.6\"}");
      case "GET /api/tags" ->
          reply.json(200, "{\"models\":[{\"name\":\"%s\",\"size\":1}]}".formatted(MODEL));
      case "GET /api/ps" ->
          reply.json(
              200,
              loaded
                  ? "{\"models\":[{\"name\":\"%s\",\"size_vram\":9,\"context_length\":4096}]}"
                      .formatted(MODEL)
                  : "{\"models\":[]}");
      case "POST /api/generate" -> {
        boolean unload = request.body().contains("\"keep_alive\":0");
        loaded = !unload || clings;
        reply.json(
            200, "{\"done\":true,\"done_reason\":\"%s\"}".formatted(unload ? "unload" : "load"));
      }
      case "POST /v1/chat/completions" -> {
        loaded = true;
        chat(reply);
      }
      default -> reply.json(404, "404 page not found");
    }
  }

  private void chat(Reply reply) throws IOException {
    reply.beginEvents();
    for (String word : words) {
      reply.event(
          "{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"%s\"},\"finish_reason\":null}]}"
              .formatted(word));
    }
    reply.event(
        "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"stop\"}]}");
    reply.event(
        "{\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":%d}}"
            .formatted(words.size()));
    reply.event("[DONE]");
  }

  @Override
  public void close() {
    server.close();
  }
}
