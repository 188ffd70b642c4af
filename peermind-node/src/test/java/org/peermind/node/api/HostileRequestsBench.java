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

  /// What refuses.
  @FunctionalInterface
  private interface Reader {
    void read(byte[] body) throws RequestRefused;
  }

  public static void main(String[] arguments) {
    ApiLimits limits = ApiLimits.defaults();
    double chat = worst(new ChatRequestReader(limits)::read, HostileRequests.all());
    double responses = worst(new ResponseRequestReader(limits)::read, HostileRequests.responses());
    System.out.printf(
        "worst median %.2f ms of CPU in a chat, %.2f ms in responses%n", chat, responses);
  }

  /// The worst median, in milliseconds.
  private static double worst(Reader reader, Map<String, byte[]> requests) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    double worst = 0;
    for (Map.Entry<String, byte[]> request : requests.entrySet()) {
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
    return worst;
  }
}
