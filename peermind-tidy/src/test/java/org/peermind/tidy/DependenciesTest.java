// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/// `docs/dependencies.md` names every artifact that the poms name, and no other.
class DependenciesTest {
  private static final Pattern ROW =
      Pattern.compile("^\\| `([\\w.-]+:[\\w.-]+)` \\|", Pattern.MULTILINE);
  private static final String DEFAULT_PLUGIN_GROUP = "org.apache.maven.plugins";

  @Test
  void theDocumentNamesExactlyWhatThePomsName() throws Exception {
    SourceTree tree = SourceTree.current();
    SortedSet<String> used = new TreeSet<>();
    for (SourceFile pom : tree.poms()) {
      used.addAll(artifacts(pom.text()));
    }
    String page = tree.read(tree.root().resolve("docs/dependencies.md")).text();
    assertThat(documented(page)).containsExactlyElementsOf(used);
  }

  @Test
  void artifactsOfEveryKindAreFoundInAPom() throws Exception {
    String pom =
        """
        <project><groupId>org.peermind</groupId><artifactId>own</artifactId>
        <dependencyManagement><dependencies>
          <dependency><groupId>a</groupId><artifactId>bom</artifactId><type>pom</type></dependency>
          <dependency><groupId>a</groupId><artifactId>b</artifactId><exclusions><exclusion>
            <groupId>no</groupId><artifactId>excluded</artifactId></exclusion></exclusions>
          </dependency></dependencies></dependencyManagement>
        <dependencies><dependency><groupId>org.peermind</groupId><artifactId>x</artifactId>
        </dependency></dependencies>
        <build><plugins><plugin><artifactId>maven-q-plugin</artifactId><configuration>
        <annotationProcessorPaths><path><groupId>e</groupId><artifactId>p</artifactId></path>
        </annotationProcessorPaths></configuration></plugin></plugins></build></project>
        """;
    assertThat(artifacts(pom))
        .containsExactly("a:b", "a:bom", "e:p", "org.apache.maven.plugins:maven-q-plugin");
  }

  @Test
  void aRowOfTheTableIsReadAsAnArtifact() {
    assertThat(documented("| `a:b` | why |\n\n`c:d` in passing\n| `e.f:g-h` | why |\n"))
        .containsExactly("a:b", "e.f:g-h");
  }

  /// A dependency that only tests see must say so in its own module, testkit above all.
  @Test
  void onlyTestsDependOnTestkit() {
    for (SourceFile pom : SourceTree.current().poms()) {
      String module = pom.path();
      List<String> uses =
          Pattern.compile("<dependency>(.*?)</dependency>", Pattern.DOTALL)
              .matcher(withoutManagement(pom.text()))
              .results()
              .map(match -> match.group(1))
              .filter(dependency -> dependency.contains(">peermind-testkit<"))
              .filter(dependency -> !dependency.contains("<scope>test</scope>"))
              .toList();
      assertThat(uses).as(module).isEmpty();
    }
  }

  private static String withoutManagement(String pom) {
    return pom.replaceAll("(?s)<dependencyManagement>.*</dependencyManagement>", "");
  }

  private static SortedSet<String> documented(String page) {
    Matcher rows = ROW.matcher(page);
    return rows.results().map(row -> row.group(1)).collect(Collectors.toCollection(TreeSet::new));
  }

  private static SortedSet<String> artifacts(String pom) throws Exception {
    Element project =
        DocumentBuilderFactory.newDefaultInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(pom.getBytes(StandardCharsets.UTF_8)))
            .getDocumentElement();
    SortedSet<String> artifacts = new TreeSet<>();
    Map.of("dependency", "", "path", "", "plugin", DEFAULT_PLUGIN_GROUP)
        .forEach(
            (tag, defaultGroup) -> {
              NodeList elements = project.getElementsByTagName(tag);
              for (int i = 0; i < elements.getLength(); i++) {
                Element element = (Element) elements.item(i);
                String group = child(element, "groupId", defaultGroup);
                if (!group.equals("org.peermind")) {
                  artifacts.add(group + ":" + child(element, "artifactId", ""));
                }
              }
            });
    return artifacts;
  }

  private static String child(Element element, String tag, String otherwise) {
    NodeList children = element.getChildNodes();
    for (int i = 0; i < children.getLength(); i++) {
      if (children.item(i).getNodeName().equals(tag)) {
        return children.item(i).getTextContent().strip();
      }
    }
    return otherwise;
  }
}
