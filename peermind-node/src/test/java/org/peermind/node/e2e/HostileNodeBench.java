// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.node.api.HostileRequests;

/// The processor time that requests made to cost much take from real nodes: a user's, the
/// referee's, an inferer's and its engine (docs/benchmarks.md). The engine stays as it was.
@Tag("bench")
class HostileNodeBench {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final int WARM_TIMES = 10;
  private static final int TIMES = 20;
  private static final double MILLIS_MAX = 50;
  private static final List<String> NODES = List.of(TestNetwork.USER, TestNetwork.REFEREE, "noon");

  @Test
  void everyHostileRequestIsRefusedOrBounded() {
    NETWORK.startReferee();
    NETWORK.startInferer("noon", Site.sunny(1_000));
    NETWORK.startUser(TestNetwork.USER);
    NETWORK.awaitReady(1);
    ProcessHandle engine = NETWORK.engineOf("noon");
    String expected = WatchedAnswer.ask(NETWORK, "Tell me a story.", 36).text();
    List<String> expensive = new ArrayList<>();
    System.out.println(" status  nodes' CPU ms   engine's CPU ms");
    for (Map.Entry<String, byte[]> request : HostileRequests.all().entrySet()) {
      String body =
          new String(request.getValue(), StandardCharsets.UTF_8)
              .replace("\"model\":\"m\"", "\"model\":\"" + TestNetwork.MODEL + "\"");
      ask(body, WARM_TIMES);
      long nodes = nodesCpuNanos();
      long before = cpuNanos(engine);
      int status = ask(body, TIMES);
      double nodesMillis = (nodesCpuNanos() - nodes) / 1e6 / TIMES;
      double engineMillis = (cpuNanos(engine) - before) / 1e6 / TIMES;
      System.out.printf(
          Locale.ROOT,
          "%7d %14.1f %17.1f   %s%n",
          status,
          nodesMillis,
          engineMillis,
          request.getKey());
      assertThat(status).as(request.getKey()).isLessThan(500);
      if (nodesMillis + (status == 200 ? 0 : engineMillis) >= MILLIS_MAX) {
        expensive.add(request.getKey());
      }
    }
    assertThat(NETWORK.engineOf("noon").pid()).as("the engine").isEqualTo(engine.pid());
    assertThat(WatchedAnswer.ask(NETWORK, "Tell me a story.", 36).text()).isEqualTo(expected);
    assertThat(expensive).as("refusals of %s ms of CPU and more", MILLIS_MAX).isEmpty();
  }

  private static int ask(String body, int times) {
    int status = 0;
    for (int time = 0; time < times; time++) {
      status = NETWORK.client(TestNetwork.USER).post("/v1/chat/completions", body).status();
    }
    return status;
  }

  private static long nodesCpuNanos() {
    return NODES.stream().mapToLong(name -> cpuNanos(NETWORK.node(name).handle())).sum();
  }

  private static long cpuNanos(ProcessHandle process) {
    return process.info().totalCpuDuration().orElseThrow().toNanos();
  }
}
