// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Links between documents lead somewhere, and classes that documents name exist.
class DocumentsTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
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
    return heading
        .toLowerCase(java.util.Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N} _-]", "")
        .replace(' ', '-');
  }
}
