// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicBoolean;
import org.peermind.inference.Embeddings;
import org.peermind.node.api.EmbeddingRequestReader.EmbeddingRequest;
import org.peermind.node.api.http.ClientGone;
import org.peermind.node.api.http.HttpExchange;
import org.peermind.node.query.Answers;
import org.peermind.node.query.QueryRefused;

/// `POST /v1/embeddings`.
final class EmbeddingsPage {
  private final ApiLimits limits;
  private final Answers answers;
  private final EmbeddingRequestReader reader;

  EmbeddingsPage(ApiLimits limits, Answers answers) {
    this.limits = limits;
    this.answers = answers;
    this.reader = new EmbeddingRequestReader(limits);
  }

  void handle(HttpExchange exchange, ApiReply reply) throws IOException, InterruptedException {
    try {
      EmbeddingRequest request = reader.read(exchange.body(limits.bodyBytesMax()));
      Embeddings embeddings = embed(request, exchange);
      int dimensions = embeddings.vectors().getFirst().size();
      long wanted = request.dimensions().orElse(dimensions);
      if (wanted != dimensions) {
        reply.error(
            ApiError.invalidField(
                "dimensions",
                "unsupported_parameter",
                "dimensions is not supported with this value: vectors of this model have %d."
                    .formatted(dimensions)));
        return;
      }
      reply.json(200, json(request, embeddings));
    } catch (RequestRefused refused) {
      reply.error(refused.error());
    } catch (QueryRefused refused) {
      reply.error(ApiError.of(refused, "input"));
    }
  }

  /// Gives up when the client does, which interrupts this thread.
  private Embeddings embed(EmbeddingRequest request, HttpExchange exchange)
      throws IOException, QueryRefused, InterruptedException {
    Thread asking = Thread.currentThread();
    AtomicBoolean waiting = new AtomicBoolean(true);
    exchange.whenGone(
        () -> {
          if (waiting.compareAndSet(true, false)) {
            asking.interrupt();
          }
        });
    try {
      return answers.embed(request.query());
    } catch (InterruptedException stopped) {
      if (waiting.get()) {
        throw stopped;
      }
      throw new ClientGone();
    } finally {
      waiting.set(false);
    }
  }

  private static String json(EmbeddingRequest request, Embeddings embeddings) {
    StringJoiner data = new StringJoiner(",", "{\"object\":\"list\",\"data\":[", "]");
    for (int i = 0; i < embeddings.vectors().size(); i++) {
      List<Float> vector = embeddings.vectors().get(i);
      data.add(
          "{\"object\":\"embedding\",\"index\":%d,\"embedding\":%s}"
              .formatted(i, request.asBase64() ? base64(vector) : numbers(vector)));
    }
    return data
        + ",\"model\":"
        + ApiJson.quoted(request.query().model())
        + ",\"usage\":{\"prompt_tokens\":"
        + embeddings.tokens()
        + ",\"total_tokens\":"
        + embeddings.tokens()
        + "}}";
  }

  private static String numbers(List<Float> vector) {
    StringJoiner numbers = new StringJoiner(",", "[", "]");
    vector.forEach(value -> numbers.add(Float.toString(value)));
    return numbers.toString();
  }

  private static String base64(List<Float> vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    vector.forEach(bytes::putFloat);
    return "\"" + Base64.getEncoder().encodeToString(bytes.array()) + "\"";
  }
}
