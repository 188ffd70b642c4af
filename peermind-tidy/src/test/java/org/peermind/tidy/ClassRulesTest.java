// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ClassRulesTest {
  private static final String SAMPLES = "org.peermind.tidy.samples";

  /// For each rule the samples that break it, as class and what it uses.
  private static final Map<String, List<String>> CAUGHT =
      Map.of(
          "modules see only the modules they may see",
          List.of(
              "energy.SeesReferee: uses " + SAMPLES + ".referee.Assigner",
              "protocol.SeesModel: uses " + SAMPLES + ".model.Gguf",
              "referee.SeesTestkit: uses " + SAMPLES + ".testkit.Clockwork",
              "unheard.Newcomer: the module unheard is not in the list"),
          "internal packages are closed to other modules",
          List.of("node.SeesInternal: uses " + SAMPLES + ".energy.internal.Meter"),
          "only the named packages touch sockets",
          List.of(
              "energy.OpensSocket: uses java.net.Socket",
              "inference.OpensChannel: uses java.nio.channels.SocketChannel",
              "ledger.Connects: uses java.net.URLConnection",
              "model.Downloads: uses java.net.http.HttpClient"),
          "only node reads the system clock",
          List.of(
              "ledger.ReadsClock: uses java.time.Instant.now",
              "ledger.ReadsClockByReference: uses java.time.Instant.now",
              "ledger.ReadsMillis: uses java.lang.System.currentTimeMillis",
              "ledger.ReadsDate: uses java.util.Date.<init>",
              "ledger.MakesClock: uses java.time.Clock.systemUTC"),
          "pure cores use no threads, I/O, randomness or logging",
          List.of(
              "energy.OpensSocket: uses java.net.Socket",
              "energy.Rolls: uses java.util.Random",
              "referee.Rolls: uses java.lang.Math.random",
              "referee.Waits: uses java.util.concurrent.CountDownLatch",
              "voting.Reads: uses java.nio.file.Files",
              "voting.Reads: uses java.nio.file.Path",
              "voting.Tells: uses java.lang.System$Logger"),
          "no type is called Manager, Helper, Util or Impl",
          List.of("model.BlobManager: say", "model.GgufUtils: say", "model.ReaderImpl: say"),
          "only telemetry touches java.util.logging",
          List.of("model.Logs: uses java.util.logging.Logger"),
          "only the command line writes to the standard streams",
          List.of("model.Prints: uses java.lang.System.out"),
          "nobody uses the JDK's HTTP server",
          List.of("node.Serves: uses com.sun.net.httpserver.HttpServer"));

  /// Samples that look like faults and are none.
  private static final List<String> INNOCENT =
      List.of(
          "energy.internal.Meter",
          "ledger.ImplicitUtilityHelpers",
          "ledger.TakesClock",
          "node.ReadsClockAndOpensSocket");

  @TestFactory
  Stream<DynamicTest> theProductKeepsTheRule() {
    JavaClasses product =
        new ClassFileImporter().importPaths(SourceTree.current().classDirectories());
    assertThat(product.size()).as("classes found in target/classes").isGreaterThan(10);
    return new ClassRules("org.peermind")
        .all().stream()
            .map(
                rule ->
                    DynamicTest.dynamicTest(
                        rule.name(), () -> assertThat(rule.check(product)).isEmpty()));
  }

  @TestFactory
  Stream<DynamicTest> theRuleCatchesItsSamples() {
    JavaClasses samples = new ClassFileImporter().importPackages(SAMPLES);
    return new ClassRules(SAMPLES)
        .all().stream()
            .map(
                rule ->
                    DynamicTest.dynamicTest(
                        rule.name(),
                        () -> {
                          List<String> faults = rule.check(samples);
                          List<String> expected =
                              CAUGHT.getOrDefault(rule.name(), List.of("no sample"));
                          assertThat(faults).hasSameSizeAs(expected);
                          for (String start : expected) {
                            assertThat(faults)
                                .anyMatch(fault -> fault.startsWith(SAMPLES + "." + start));
                          }
                        }));
  }

  @Test
  void noRuleAccusesTheInnocent() {
    JavaClasses samples = new ClassFileImporter().importPackages(SAMPLES);
    List<String> faults =
        new ClassRules(SAMPLES)
            .all().stream().flatMap(rule -> rule.check(samples).stream()).toList();
    for (String innocent : INNOCENT) {
      assertThat(samples.contain(SAMPLES + "." + innocent)).as(innocent).isTrue();
      assertThat(faults).noneMatch(fault -> fault.startsWith(SAMPLES + "." + innocent + ":"));
    }
  }

  @Test
  void everyModuleWithSourcesWasCompiled() {
    for (Path classes : SourceTree.current().classDirectories()) {
      assertThat(Files.isDirectory(classes)).as("%s; run the whole build", classes).isTrue();
    }
  }
}
