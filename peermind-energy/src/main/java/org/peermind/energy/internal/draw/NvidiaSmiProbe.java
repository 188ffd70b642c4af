// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.draw;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.Machine;
import org.peermind.energy.spi.PowerMethod;

/// NVIDIA GPUs by NVIDIA's tool, asked at most every few seconds, because each time is a process of
/// its own. A tool that fails is asked again after growing pauses.
final class NvidiaSmiProbe implements PowerProbe {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration EVERY = Duration.ofSeconds(5);
  private static final Duration PAUSE_MIN = Duration.ofSeconds(10);
  private static final Duration PAUSE_MAX = Duration.ofMinutes(10);
  private static final int OUTPUT_MAX_BYTES = 16_384;

  private final Machine machine;
  private final NvidiaHardware hardware;
  private Duration pause = PAUSE_MIN;
  private @Nullable Instant nextAt;
  private Answer last = new Answer.Absent();

  NvidiaSmiProbe(Machine machine) {
    this.machine = machine;
    this.hardware = new NvidiaHardware(machine.root());
  }

  @Override
  public PowerMethod method() {
    return PowerMethod.NVIDIA_SMI;
  }

  @Override
  public Answer ask(Instant now) {
    List<String> visible = machine.visibleGpus();
    if (visible != null && visible.isEmpty()) {
      return new Answer.Absent();
    }
    Instant next = nextAt;
    boolean isSetBack = next != null && next.isAfter(now.plus(PAUSE_MAX));
    if (next != null && now.isBefore(next) && !isSetBack) {
      return last;
    }
    last = run(visible);
    boolean isWell = last instanceof Answer.Power;
    nextAt = now.plus(isWell ? EVERY : pause);
    pause = isWell ? PAUSE_MIN : shorter(pause.multipliedBy(2), PAUSE_MAX);
    return last;
  }

  private Answer run(@Nullable List<String> visible) {
    List<String> command = new ArrayList<>();
    command.add(machine.nvidiaSmi());
    command.add("--query-gpu=power.draw");
    command.add("--format=csv,noheader,nounits");
    if (visible != null) {
      command.add("--id=" + String.join(",", visible));
    }
    Process process;
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    } catch (IOException notThere) {
      return silent("nvidia-smi cannot be run");
    }
    FutureTask<byte[]> output = new FutureTask<>(() -> read(process));
    Thread.ofVirtual().name("nvidia-smi").start(output);
    try {
      process.getOutputStream().close();
      byte[] bytes = output.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      return process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS) && process.exitValue() == 0
          ? watts(new String(bytes, StandardCharsets.US_ASCII))
          : silent("nvidia-smi failed");
    } catch (TimeoutException late) {
      return silent("nvidia-smi did not answer within " + PATIENCE.toSeconds() + " s");
    } catch (IOException | ExecutionException broken) {
      return silent("nvidia-smi failed");
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return silent("nvidia-smi was interrupted");
    } finally {
      process.destroyForcibly();
    }
  }

  private static byte[] read(Process process) throws IOException {
    try (InputStream in = process.getInputStream()) {
      return in.readNBytes(OUTPUT_MAX_BYTES);
    }
  }

  /// One line of watts for each GPU; a GPU that says "[N/A]" makes the sum unknown.
  private Answer watts(String output) {
    double sum = 0;
    List<String> lines = output.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    for (String line : lines) {
      if (!line.matches("\\d{1,6}(\\.\\d{1,6})?")) {
        return silent("nvidia-smi does not say the power of every GPU");
      }
      sum += Double.parseDouble(line);
    }
    return lines.isEmpty() ? silent("nvidia-smi shows no GPU") : new Answer.Power(sum);
  }

  private Answer silent(String why) {
    return hardware.isThere() ? new Answer.Silent(why) : new Answer.Absent();
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
