// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.Role;

/// Prints decisions per CPU second of the indexed [Assigner] beside a plain scan of all inferers.
///
/// A decision is one pick and the end of an older one, at 85 % use, with 16 cells and 4 models.
/// Runs only when named (`-Dtest=AssignerBench`): a shared machine must not fail a build.
@Tag("bench")
final class AssignerBench {
  private static final Instant NOW = Stage.START;
  private static final int CELLS = 16;
  private static final int MODELS = 4;
  private static final int SLOTS = 4;
  private static final double USE = 0.85;
  private static final int ROUNDS = 5;

  private static final List<ModelHash> HASHES =
      List.of(
          new ModelHash("a".repeat(64)),
          new ModelHash("b".repeat(64)),
          new ModelHash("c".repeat(64)),
          new ModelHash("d".repeat(64)));

  @Test
  void decidesFarFasterThanAScan() {
    for (int count : List.of(1_000, 10_000, 40_000)) {
      Fleet indexed = new Fleet(count);
      Fleet scanned = new Fleet(count);
      indexed.fill();
      scanned.fill();
      double[] indexedRates = new double[ROUNDS];
      double[] scannedRates = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        indexedRates[round] = indexed.rate(2_000_000, true);
        scannedRates[round] = scanned.rate(Math.max(20, 2_000_000 / count), false);
      }
      double ratio = median(indexedRates) / median(scannedRates);
      System.out.printf(
          "%,d inferers: %,.0f decisions per CPU second indexed, %,.0f by a plain scan, %,.0f"
              + " times%n",
          count, median(indexedRates), median(scannedRates), ratio);
      assertThat(ratio).isGreaterThan(count / 100.0);
    }
  }

  /// Inferers, and the answers that run on them.
  private static final class Fleet {
    private final InfererRegistry registry =
        new InfererRegistry(Stage.SELF, RefereeSettings.defaults());
    private final Assigner assigner = new Assigner(registry);
    private final List<Peer> inferers = new ArrayList<>();
    private final List<PlaceCell> cells = new ArrayList<>();
    private final Random random = new Random(7);
    private final ArrayDeque<Peer> running = new ArrayDeque<>();

    Fleet(int count) {
      for (int i = 0; i < CELLS; i++) {
        cells.add(PlaceCell.of(-50 + 7.0 * i, -170 + 21.0 * i));
      }
      for (int i = 0; i < count; i++) {
        NodeId id =
            NodeId.ofPublicKey(Arrays.copyOf(("n" + i).getBytes(StandardCharsets.UTF_8), 32));
        RefereeInput.PeerAttached attached =
            new RefereeInput.PeerAttached(
                id, Set.of(Role.INFERER), cells.get(i % CELLS), Duration.ZERO);
        Peer peer = registry.attach(attached, NOW).orElseThrow();
        Sketch sketch =
            new Sketch()
                .slots(SLOTS, SLOTS)
                .battery(random.nextInt(101))
                .source(random.nextInt(4) == 0 ? "battery" : "pv")
                .model("model" + i / CELLS % MODELS, hash(i / CELLS % MODELS));
        registry.accept(
            peer,
            new RefereeInput.ReportReceived(id, sketch.draw(1, "", NOW), "00", ReportTrust.FULL),
            0,
            NOW);
        assigner.refresh(peer, NOW);
        inferers.add(peer);
      }
    }

    private void fill() {
      while (running.size() < USE * SLOTS * inferers.size()) {
        start(assigner.assign(need(), NOW).map(Assigner.Pick::inferer));
      }
    }

    private double rate(int decisions, boolean indexed) {
      ThreadMXBean threads = ManagementFactory.getThreadMXBean();
      long begin = threads.getCurrentThreadCpuTime();
      for (int i = 0; i < decisions; i++) {
        Peer over = running.removeFirst();
        over.sessionClosed();
        if (indexed) {
          assigner.recount(over);
        }
        Assigner.Need need = need();
        Optional<Peer> picked =
            indexed ? assigner.assign(need, NOW).map(Assigner.Pick::inferer) : scan(need);
        Peer next = picked.orElse(over);
        running.addLast(next);
        next.sessionOpened();
        if (indexed) {
          assigner.recount(next);
        }
      }
      return decisions * 1e9 / (threads.getCurrentThreadCpuTime() - begin);
    }

    private void start(Optional<Peer> inferer) {
      inferer.ifPresent(
          peer -> {
            peer.sessionOpened();
            assigner.recount(peer);
            running.addLast(peer);
          });
    }

    private Assigner.Need need() {
      return new Assigner.Need(
          List.of(hash(random.nextInt(MODELS))),
          false,
          300,
          cells.get(random.nextInt(CELLS)),
          Set.of(),
          false,
          Optional.empty());
    }

    /// The same order without an index: looks at every inferer.
    private Optional<Peer> scan(Assigner.Need need) {
      ModelHash model = need.models().getFirst();
      return inferers.stream()
          .filter(peer -> peer.slotsFree() > 0 && registry.isReady(peer, NOW))
          .filter(
              peer ->
                  peer.served(model)
                      .filter(served -> served.contextTokens() >= need.contextTokens())
                      .isPresent())
          .min(
              Comparator.comparingInt(Assigner::level)
                  .thenComparingDouble(peer -> NearestCells.kilometres(need.cell(), peer.cell))
                  .thenComparingInt(Assigner::step)
                  .thenComparing(peer -> peer.node));
    }
  }

  private static ModelHash hash(int model) {
    return HASHES.get(model);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
