// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Every package of the product says what it is for and is `@NullMarked`.
class PackagesTest {
  private static final SourceFile CLASS = new SourceFile("m/src/main/java/p/A.java", "class A {}");

  @Test
  void everyPackageIsNullMarkedAndExplained() {
    assertThat(faults(SourceTree.current().javaFiles())).isEmpty();
  }

  @Test
  void aPackageWithoutPackageInfoIsCaught() {
    assertThat(faults(List.of(CLASS)))
        .containsExactly("m/src/main/java/p: has no package-info.java");
  }

  @Test
  void aPackageThatIsNotNullMarkedIsCaught() {
    assertThat(faults(List.of(CLASS, info("/// Why.\npackage p;")))).hasSize(1);
    assertThat(faults(List.of(CLASS, info("/// Why.\n@NullMarked\npackage p;")))).isEmpty();
  }

  @Test
  void aPackageWithoutASentenceIsCaught() {
    assertThat(faults(List.of(CLASS, info("@NullMarked\npackage p;")))).hasSize(1);
  }

  private static SourceFile info(String text) {
    return new SourceFile("m/src/main/java/p/package-info.java", text);
  }

  private static List<String> faults(List<SourceFile> files) {
    Map<String, String> infos = new TreeMap<>();
    for (SourceFile file : files) {
      if (file.path().contains("src/main/java/")) {
        String directory = file.path().substring(0, file.path().lastIndexOf('/'));
        String info = file.path().endsWith("/package-info.java") ? file.text() : "";
        infos.merge(directory, info, String::concat);
      }
    }
    List<String> faults = new ArrayList<>();
    infos.forEach(
        (directory, info) -> {
          if (info.isEmpty()) {
            faults.add(directory + ": has no package-info.java");
          } else if (!info.contains("\n@NullMarked\n") && !info.startsWith("@NullMarked\n")) {
            faults.add(directory + "/package-info.java: is not @NullMarked");
          } else if (!info.contains("///")) {
            faults.add(directory + "/package-info.java: does not say what the package is for");
          }
        });
    return faults;
  }
}
