// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// Rewrites what is not formatted when it is asked to; that it is formatted is a rule in
/// [SourceRules].
class FormatTest {
  static final String COMMAND =
      "rewrite all files with: mvn test -pl peermind-tidy -am -Dtidy.format=apply"
          + " -Dtest=FormatTest -Dsurefire.failIfNoSpecifiedTests=false";

  @Test
  @EnabledIfSystemProperty(named = "tidy.format", matches = "apply")
  void rewritesTheProject() throws Exception {
    rewrite(SourceTree.current());
  }

  @Test
  void rewritesOnlyWhatIsNotFormatted(@TempDir Path root) throws Exception {
    Path sources = Files.createDirectories(root.resolve("peermind-x/src/main/java"));
    Files.writeString(root.resolve("peermind-x/pom.xml"), "<project/>");
    Files.writeString(sources.resolve("A.java"), "class A {}\n");
    Files.writeString(sources.resolve("B.java"), "import java.util.List; class B {  int b ; }");
    assertThat(rewrite(new SourceTree(root))).containsExactly("peermind-x/src/main/java/B.java");
    assertThat(sources.resolve("B.java")).hasContent("class B {\n  int b;\n}\n");
  }

  private static List<String> rewrite(SourceTree tree) throws IOException, FormatterException {
    List<String> rewritten = new ArrayList<>();
    for (SourceFile file : tree.javaFiles()) {
      String formatted = SourceRules.formatted(file);
      if (!formatted.equals(file.text())) {
        Files.writeString(tree.root().resolve(file.path()), formatted);
        rewritten.add(file.path());
      }
    }
    return rewritten;
  }
}
