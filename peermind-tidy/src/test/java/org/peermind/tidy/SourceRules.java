// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The rules about Java sources.
final class SourceRules {
  static final List<String> HEADER =
      List.of("// Copyright the Peermind authors.", "// SPDX-License-Identifier: Apache-2.0");

  private static final int FILE_LINES_MAX = 500;
  private static final int METHOD_LINES_MAX = 70;
  // Written in two parts, so that this line does not break its own rule.
  private static final Pattern UNFINISHED =
      Pattern.compile("\\b(TO" + "DO|FIX" + "ME|X" + "XX)\\b");
  private static final Pattern SUSPICIOUS =
      Pattern.compile("sleep|\\bnow\\b|currentTimeMillis|[rR]andom|Clock");
  private static final Pattern JDK_ED25519 =
      Pattern.compile("getInstance\\(\\s*\"Ed(25519|DSA|448)\"");

  private SourceRules() {}

  static List<SourceRule> all() {
    return List.of(
        new SourceRule("every file begins with the two header lines", SourceRules::header),
        new SourceRule("every file has the form of google-java-format", SourceRules::format),
        new SourceRule("no file is longer than 500 lines", SourceRules::fileLength),
        new SourceRule("no method is longer than 70 lines", SourceRules::methodLength),
        new SourceRule("tests do not sleep, read the clock or roll dice", SourceRules::testHygiene),
        new SourceRule("nothing is left unfinished", SourceRules::unfinished),
        new SourceRule("Ed25519 comes from BouncyCastle", SourceRules::jdkEd25519));
  }

  static String formatted(SourceFile file) throws FormatterException {
    return new Formatter().formatSourceAndFixImports(file.text());
  }

  private static List<String> header(SourceFile file) {
    List<String> lines = file.lines();
    return lines.size() > 2 && lines.subList(0, 2).equals(HEADER)
        ? List.of()
        : List.of(file.at(1, "begin with the two lines\n" + String.join("\n", HEADER)));
  }

  private static List<String> format(SourceFile file) {
    try {
      return formatted(file).equals(file.text())
          ? List.of()
          : List.of(file.at(1, "not formatted; " + FormatTest.COMMAND));
    } catch (FormatterException unparsable) {
      return List.of(file.at(1, "google-java-format cannot read it: " + unparsable.getMessage()));
    }
  }

  private static List<String> fileLength(SourceFile file) {
    int lines = file.lines().size();
    return lines <= FILE_LINES_MAX
        ? List.of()
        : List.of(file.at(lines, "%d lines; split what it does".formatted(lines)));
  }

  private static List<String> methodLength(SourceFile file) {
    if (file.lines().size() <= METHOD_LINES_MAX) {
      return List.of();
    }
    return JavaTree.parse(file).methods().stream()
        .filter(method -> method.lines() > METHOD_LINES_MAX)
        .map(
            method ->
                file.at(
                    method.firstLine(), "%s has %d lines".formatted(method.name(), method.lines())))
        .toList();
  }

  private static List<String> testHygiene(SourceFile file) {
    // The samples of this module break rules on purpose. Parsing takes time, so that files without
    // any of the words are not parsed.
    return file.isTest()
            && !file.path().contains("/tidy/samples/")
            && SUSPICIOUS.matcher(file.text()).find()
        ? JavaTree.parse(file).unrepeatableCalls().stream()
            .map(call -> file.at(call.line(), call.text() + " makes a test depend on luck"))
            .toList()
        : List.of();
  }

  private static List<String> unfinished(SourceFile file) {
    return matching(file, UNFINISHED, "finish it or open an issue");
  }

  private static List<String> jdkEd25519(SourceFile file) {
    // A test may play a peer that does otherwise.
    return file.isTest()
        ? List.of()
        : matching(file, JDK_ED25519, "use the lightweight API of BouncyCastle (ADR 0003)");
  }

  private static List<String> matching(SourceFile file, Pattern pattern, String fault) {
    List<String> faults = new ArrayList<>();
    List<String> lines = file.lines();
    for (int i = 0; i < lines.size(); i++) {
      if (pattern.matcher(lines.get(i)).find()) {
        faults.add(file.at(i + 1, fault));
      }
    }
    return faults;
  }
}
