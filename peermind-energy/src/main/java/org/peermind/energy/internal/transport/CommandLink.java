// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.format.AnswerFormat;
import org.peermind.energy.internal.transport.Transport.Surroundings;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsReader;

/// Runs the owner's program for each question; one that is late is ended with all it started.
final class CommandLink implements DeviceLink {
  private final List<String> command;
  private final Surroundings surroundings;
  private @Nullable Process running;

  /// What the last program printed; not done while something that it left behind may still print.
  private CompletableFuture<byte[]> output = CompletableFuture.completedFuture(new byte[0]);

  private boolean closed;

  CommandLink(List<String> command, Surroundings surroundings) {
    this.command = List.copyOf(command);
    this.surroundings = surroundings;
  }

  @Override
  public Answer ask(SettingsReader request) throws EnergyAdapterException, InterruptedException {
    long deadline = System.nanoTime() + surroundings.patience().toNanos();
    if (!output.isDone()) { // one thread and one pipe are all that such a program gets
      throw failed("left something behind that still runs; let it end all that it starts");
    }
    Process process = start();
    try {
      output = output(process);
      byte[] bytes = output.get(surroundings.patience().toNanos(), TimeUnit.NANOSECONDS);
      if (bytes.length > AnswerFormat.ANSWER_CHARACTERS_MAX) {
        throw failed("prints more than 1 MiB");
      }
      if (!process.waitFor(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
        throw failed("does not end in time");
      }
      if (process.exitValue() != 0) {
        throw failed("ends with the status " + process.exitValue());
      }
      return new Answer(new String(bytes, StandardCharsets.UTF_8), surroundings.time().instant());
    } catch (TimeoutException late) {
      throw failed("does not end in time");
    } catch (ExecutionException broken) {
      throw failed("cannot be heard");
    } finally {
      end(process);
    }
  }

  private synchronized Process start() throws EnergyAdapterException {
    if (closed) {
      throw failed("is not run any more: the link is closed");
    }
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(surroundings.home().toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      running = process;
      process.getOutputStream().close();
      return process;
    } catch (IOException missing) {
      throw failed("cannot be started; see that it is there and may be run");
    }
  }

  private static CompletableFuture<byte[]> output(Process process) {
    CompletableFuture<byte[]> output = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("energy-command")
        .start(
            () -> {
              try (InputStream in = process.getInputStream()) {
                output.complete(in.readNBytes(AnswerFormat.ANSWER_CHARACTERS_MAX + 1));
              } catch (IOException broken) {
                output.completeExceptionally(broken);
              }
            });
    return output;
  }

  /// The arguments stay out of messages: they may hold secrets.
  private EnergyAdapterException failed(String clause) {
    return new EnergyAdapterException("The command %s %s.".formatted(command.getFirst(), clause));
  }

  private synchronized void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    running = null;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (running != null) {
      end(running);
    }
  }
}
