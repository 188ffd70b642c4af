// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class SourceRulesTest {
  private static final String TEST = "peermind-x/src/test/java/XTest.java";
  private static final String MAIN = "peermind-x/src/main/java/X.java";

  /// For each rule a source that breaks it and one that comes close.
  private record Pair(SourceFile broken, SourceFile kept) {}

  private static final Map<String, Pair> SAMPLES =
      Map.of(
          "every file begins with the two header lines",
          pair(MAIN, "package x;\n\nclass X {}\n", header("class X {}\n")),
          "every file has the form of google-java-format",
          pair(MAIN, "class X { }\n", "class X {}\n"),
          "no file is longer than 500 lines",
          pair(MAIN, "//\n".repeat(501), "//\n".repeat(500)),
          "no method is longer than 70 lines",
          pair(MAIN, methodOfLines(71), methodOfLines(70)),
          "nothing is left unfinished",
          pair(MAIN, "// FIX" + "ME later\nclass X {}\n", "// Todos are a people.\nclass X {}\n"),
          "Ed25519 comes from BouncyCastle",
          pair(
              MAIN,
              "class X { Object s = Signature.getInstance(\"Ed25519\"); }",
              "class X { Object s = Signature.getInstance(\"SHA256withECDSA\"); }"),
          "tests do not sleep, read the clock or roll dice",
          pair(TEST, testThatCalls("Thread.sleep(1)"), testThatCalls("Instant.now(clock)")));

  @TestFactory
  Stream<DynamicTest> theProjectKeepsTheRule() {
    List<SourceFile> files = SourceTree.current().javaFiles();
    assertThat(files).as("Java sources found").hasSizeGreaterThan(20);
    return SourceRules.all().stream()
        .map(
            rule ->
                DynamicTest.dynamicTest(
                    rule.name(), () -> assertThat(rule.check(files)).isEmpty()));
  }

  @TestFactory
  Stream<DynamicTest> theRuleCatchesItsSampleAndNoMore() {
    return SourceRules.all().stream()
        .map(
            rule ->
                DynamicTest.dynamicTest(
                    rule.name(),
                    () -> {
                      Pair pair = requireNonNull(SAMPLES.get(rule.name()), "a rule has a sample");
                      assertThat(rule.check(List.of(pair.broken()))).hasSize(1);
                      assertThat(rule.check(List.of(pair.kept()))).isEmpty();
                    }));
  }

  @TestFactory
  Stream<DynamicTest> everyUnrepeatableCallIsCaughtInTests() {
    return Stream.of(
            "Instant.now()",
            "java.time.Instant.now()",
            "System.currentTimeMillis()",
            "Math.random()",
            "new Random()",
            "new java.util.Random()",
            "Clock.systemUTC()",
            "TimeUnit.SECONDS.sleep(1)",
            "ThreadLocalRandom.current().nextInt()",
            "UUID.randomUUID()",
            "Stream.generate(Instant::now)")
        .map(
            call ->
                DynamicTest.dynamicTest(
                    call,
                    () ->
                        assertThat(
                                JavaTree.parse(new SourceFile(TEST, testThatCalls(call)))
                                    .unrepeatableCalls())
                            .hasSize(1)));
  }

  @TestFactory
  Stream<DynamicTest> repeatableCodeIsLeftAlone() {
    return Stream.of(
            "new Random(7)",
            "clock.instant()",
            "say(\"Thread.sleep(1)\")",
            "Instant.ofEpochMilli(0)",
            "System.nanoTime()")
        .map(
            call ->
                DynamicTest.dynamicTest(
                    call,
                    () ->
                        assertThat(
                                JavaTree.parse(new SourceFile(TEST, testThatCalls(call)))
                                    .unrepeatableCalls())
                            .isEmpty()));
  }

  private static Pair pair(String path, String broken, String kept) {
    return new Pair(new SourceFile(path, broken), new SourceFile(path, kept));
  }

  private static String header(String code) {
    return String.join("\n", SourceRules.HEADER) + "\n\n" + code;
  }

  private static String methodOfLines(int lines) {
    return "class X {\n  /** Not counted. */\n  void x() {\n"
        + "    x();\n".repeat(lines - 2)
        + "  }\n}\n";
  }

  private static String testThatCalls(String call) {
    return "class XTest { void x() throws Exception { " + call + "; } }";
  }
}
