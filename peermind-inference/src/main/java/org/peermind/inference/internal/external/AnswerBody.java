// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.internal.external.ServerException.Kind;

/// The body of an answer as it comes: one thread reads with a deadline on each wait, any thread may
/// close, which ends the connection. At most one chunk waits; the next is asked for when it is
/// taken, so that a slow reader slows the server.
final class AnswerBody implements HttpResponse.BodySubscriber<AnswerBody>, AutoCloseable {
  private final BlockingQueue<Item> items = new ArrayBlockingQueue<>(4);
  private final AtomicReference<Flow.@Nullable Subscription> subscription = new AtomicReference<>();
  private final CompletableFuture<AnswerBody> ready = new CompletableFuture<>();
  private volatile boolean closed;

  private sealed interface Item {
    record Bytes(List<ByteBuffer> buffers) implements Item {}

    record End() implements Item {}

    record Broken() implements Item {}
  }

  @Override
  public CompletionStage<AnswerBody> getBody() {
    return ready;
  }

  @Override
  public void onSubscribe(Flow.Subscription fresh) {
    subscription.set(fresh);
    ready.complete(this);
    if (closed) {
      fresh.cancel();
    } else {
      fresh.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    put(new Item.Bytes(List.copyOf(buffers)));
  }

  @Override
  public void onError(Throwable failure) {
    put(new Item.Broken());
    ready.complete(this);
  }

  @Override
  public void onComplete() {
    put(new Item.End());
  }

  private void put(Item item) {
    boolean room = items.offer(item);
    assert room : "one chunk at a time and one end fit";
  }

  /// Waits for more of the answer; empty at its end.
  Optional<byte[]> next(Duration patience) throws ServerException, InterruptedException {
    Item item = items.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    return switch (item) {
      case null ->
          throw new ServerException(
              Kind.SILENT, "The server sent nothing for " + ServerLink.words(patience) + ".");
      case Item.Bytes(List<ByteBuffer> buffers) -> {
        Flow.Subscription source = subscription.get();
        if (source != null) {
          source.request(1);
        }
        yield Optional.of(joined(buffers));
      }
      case Item.End end -> {
        put(end);
        yield Optional.empty();
      }
      case Item.Broken broken -> {
        put(broken);
        throw new ServerException(
            Kind.BROKEN, "The connection to the server broke in the middle of the answer.");
      }
    };
  }

  private static byte[] joined(List<ByteBuffer> buffers) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (ByteBuffer buffer : buffers) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      content.writeBytes(bytes);
    }
    return content.toByteArray();
  }

  /// Reads what is left, up to a bound.
  byte[] whole(long bytesMax, Duration patience) throws InterruptedException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      Optional<byte[]> more = next(patience);
      while (more.isPresent() && all.size() <= bytesMax) {
        all.writeBytes(more.get());
        more = next(patience);
      }
    } catch (ServerException _) {
      // What came is enough to tell the kind of an error.
    }
    return all.toByteArray();
  }

  @Override
  public void close() {
    closed = true;
    Flow.Subscription source = subscription.get();
    if (source != null) {
      source.cancel();
    }
  }
}
