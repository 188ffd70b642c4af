// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Map;

/// How much CPU it costs to refuse a hostile request: the first time, in a program that has only
/// just started, and the median of many. The target is 50 ms.
public final class HostileRequestsBench {
  private static final int ROUNDS = 21;
  private static final double NANOS_PER_MILLI = 1e6;

  private HostileRequestsBench() {}

  public static void main(String[] arguments) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    ChatRequestReader reader = new ChatRequestReader(ApiLimits.defaults());
    double worst = 0;
    for (Map.Entry<String, byte[]> request : HostileRequests.all().entrySet()) {
      double[] millis = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        long begun = threads.getCurrentThreadCpuTime();
        try {
          reader.read(request.getValue());
          throw new IllegalStateException(request.getKey() + " was not refused");
        } catch (RequestRefused refused) {
          millis[round] = (threads.getCurrentThreadCpuTime() - begun) / NANOS_PER_MILLI;
        }
      }
      double first = millis[0];
      Arrays.sort(millis);
      worst = Math.max(worst, millis[ROUNDS / 2]);
      System.out.printf(
          "%-45s first %7.2f ms  median %7.2f ms%n", request.getKey(), first, millis[ROUNDS / 2]);
    }
    System.out.printf("worst median %.2f ms of CPU%n", worst);
  }
}
