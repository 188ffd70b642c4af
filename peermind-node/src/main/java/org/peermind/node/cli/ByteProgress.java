// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.io.Console;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// Shows how far something long is: a bar on a terminal, else a line for every tenth.
final class ByteProgress implements AutoCloseable {
  private static final long MEBIBYTE = 1L << 20;
  private static final int TENTHS = 10;
  private static final int UPDATE_MILLIS = 200;

  private final String what;
  private final PrintWriter err;
  private final boolean terminal;
  private @Nullable ProgressBar bar;
  private long tenthsTold = -1;

  ByteProgress(String what, PrintWriter err) {
    this.what = what;
    this.err = err;
    this.terminal = Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  void at(long bytes, OptionalLong total) {
    if (terminal) {
      bar(bytes, total);
    } else if (total.isPresent() && total.getAsLong() > 0) {
      long tenths = TENTHS * bytes / total.getAsLong();
      if (tenths > tenthsTold) {
        tenthsTold = tenths;
        err.println(
            "%s: %d %% of %s".formatted(what, tenths * TENTHS, mebibytes(total.getAsLong())));
      }
    }
  }

  private void bar(long bytes, OptionalLong total) {
    if (bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(what)
              .setInitialMax(total.orElse(-1))
              .setUnit(" MiB", MEBIBYTE)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(UPDATE_MILLIS)
              .setConsumer(new DelegatingProgressBarConsumer(line -> err.print("\r" + line)))
              .startsFrom(bytes, java.time.Duration.ZERO)
              .build();
    }
    bar.stepTo(bytes);
  }

  static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%,.1f MiB", (double) bytes / MEBIBYTE);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      err.println();
    }
  }
}
