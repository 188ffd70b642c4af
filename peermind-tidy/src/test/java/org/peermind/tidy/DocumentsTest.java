// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Links between documents lead somewhere, and types that the spec trace names exist.
class DocumentsTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern TYPE = Pattern.compile("`([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)`");
  private static final Pattern HEADING = Pattern.compile("^#+ +(.*)$", Pattern.MULTILINE);

  @Test
  void everyLinkLeadsSomewhere() {
    SourceTree tree = SourceTree.current();
    assertThat(tree.documents()).as("documents found").hasSizeGreaterThan(5);
    assertThat(brokenLinks(tree)).isEmpty();
  }

  @Test
  void aLinkToNowhereIsCaught(@TempDir Path root) throws Exception {
    Files.createDirectories(root.resolve("docs"));
    Files.writeString(root.resolve("docs/b.md"), "# Two words, and more\n");
    Files.writeString(
        root.resolve("A.md"),
        """
        [good](docs/b.md) [good](docs/b.md#two-words-and-more) [out](https://example.org/x)
        [no file](docs/c.md) [no heading](docs/b.md#three)
        """);
    assertThat(brokenLinks(new SourceTree(root)))
        .containsExactly("A.md: docs/c.md", "A.md: docs/b.md#three");
  }

  @Test
  void everyTypeThatTheSpecTraceNamesExists() {
    SourceTree tree = SourceTree.current();
    SourceFile page = tree.read(tree.root().resolve("docs/spec-trace.md"));
    Set<String> sources = simpleNames(tree.javaFiles());
    assertThat(typesNamed(page)).hasSizeGreaterThan(20).allMatch(sources::contains);
  }

  @Test
  void aTypeInBackticksIsFoundAndAPathIsNot() {
    SourceFile page =
        new SourceFile("a.md", "| `Ticket`, `GoneTest` | `peermind-x` `Ticket` `IT` |");
    assertThat(typesNamed(page)).containsExactly("GoneTest", "Ticket");
    assertThat(simpleNames(List.of(new SourceFile("x/Ticket.java", "")))).containsExactly("Ticket");
  }

  private static Set<String> typesNamed(SourceFile page) {
    return TYPE.matcher(page.text())
        .results()
        .map(match -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> simpleNames(List<SourceFile> sources) {
    return sources.stream()
        .map(source -> source.path().replaceFirst(".*/", "").replace(".java", ""))
        .collect(Collectors.toSet());
  }

  private static List<String> brokenLinks(SourceTree tree) {
    List<String> broken = new ArrayList<>();
    for (SourceFile document : tree.documents()) {
      Matcher links = LINK.matcher(document.text());
      while (links.find()) {
        if (!resolves(tree, document, URI.create(links.group(1)))) {
          broken.add(document.path() + ": " + links.group(1));
        }
      }
    }
    return broken;
  }

  private static boolean resolves(SourceTree tree, SourceFile document, URI link) {
    if (link.isAbsolute()) {
      return true;
    }
    Path from = tree.root().resolve(document.path());
    Path target = link.getPath().isEmpty() ? from : from.resolveSibling(link.getPath()).normalize();
    if (!Files.exists(target)) {
      return false;
    }
    return link.getFragment() == null
        || HEADING
            .matcher(tree.read(target).text())
            .results()
            .anyMatch(heading -> anchor(heading.group(1)).equals(link.getFragment()));
  }

  /// As GitHub makes anchors of headings.
  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
  }
}
