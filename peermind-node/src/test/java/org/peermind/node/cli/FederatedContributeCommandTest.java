// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.node.config.NodeHome;
import org.peermind.node.federated.data.Consent;
import org.peermind.node.federated.data.ConsentFile;
import org.peermind.node.federated.data.OwnerData;
import org.peermind.node.federated.data.TrainingFolder;
import org.peermind.node.federated.data.TrainingText;

/// What an owner allows and takes back, as it is typed. Tests have no terminal.
final class FederatedContributeCommandTest {
  private static final String CANARY = "canary-5512";

  @TempDir private Path directory;
  private NodeHome home;
  private Path notes;
  private final List<String> printed = new ArrayList<>();

  private record Ran(int exit, String out, String err) {}

  @BeforeEach
  void makeFolders() throws Exception {
    directory = directory.toRealPath();
    home = new NodeHome(directory.resolve("home"));
    home.create();
    notes = Files.createDirectory(directory.resolve("notes"));
    Files.writeString(notes.resolve("a.txt"), CANARY + " is in the garden.");
  }

  private Ran run(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> all = new ArrayList<>(List.of("federated"));
    Arrays.stream(arguments).map(String::valueOf).forEach(all::add);
    all.addAll(List.of("--home", home.directory().toString()));
    int exit =
        Main.run(
            new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(new String[0]));
    printed.add(out.toString());
    printed.add(err.toString());
    return new Ran(exit, out.toString(), err.toString());
  }

  private Consent consent() throws IOException {
    return new ConsentFile(home.consentFile()).read();
  }

  private void refused(int exit, String sentence, Object... arguments) throws IOException {
    Consent before = consent();
    Ran ran = run(arguments);
    assertThat(ran.exit()).as(ran.out()).isEqualTo(exit);
    assertThat(ran.err()).contains(sentence).hasLineCount(1);
    assertThat(consent()).isEqualTo(before);
  }

  @Test
  void showsWhatIsUsedAndWhatLeaves_andRecordsTheConsent() throws Exception {
    Ran ran = run("contribute", notes, "--yes");

    assertThat(ran.exit()).as(ran.err()).isZero();
    assertThat(ran.out())
        .contains(notes.resolve("a.txt") + ": 1 sample")
        .contains("To be used: 1 sample, 29 characters, in 1 file.")
        .contains("the update: how the adapter's numbers change")
        .contains("steps, number of tokens, first and last loss, energy")
        .contains("`peermind federated forget` takes it back")
        .doesNotContain(CANARY);
    assertThat(consent().paths()).containsExactly(notes);
    assertThat(consent().allowed().getFirst().command())
        .isEqualTo("peermind federated contribute --yes");
  }

  @Test
  void changesNothing_whenNobodyCanBeAsked() throws Exception {
    refused(ExitCode.WRONG_USAGE, "--yes says yes beforehand", "contribute", notes);
    assertThat(home.consentFile()).doesNotExist();
    run("contribute", notes, "--yes");
    refused(ExitCode.WRONG_USAGE, "--yes says yes beforehand", "forget", "--all");
  }

  @Test
  void takesOnlyYesForYes() throws Exception {
    assertThat(Confirmation.given(Optional.of(question -> "y"), "Go?")).isTrue();
    assertThat(Confirmation.given(Optional.of(question -> " YES "), "Go?")).isTrue();
    for (String other : List.of("", "n", "yesterday", "j")) {
      assertThat(Confirmation.given(Optional.of(question -> other), "Go?")).isFalse();
    }
    assertThat(Confirmation.given(Optional.of(question -> null), "Go?")).isFalse();
    assertThatThrownBy(() -> Confirmation.given(Optional.empty(), "Go?"))
        .isInstanceOf(CommandFailed.class);
  }

  @Test
  void refusesWrongPaths_inOneSentence() throws Exception {
    Files.writeString(notes.resolve("photo.jpg"), "x");
    Files.createDirectory(notes.resolve("empty"));

    refused(ExitCode.FAILED, "is not there", "contribute", notes.resolve("gone"), "--yes");
    refused(ExitCode.FAILED, "is everything on this machine", "contribute", "/", "--yes");
    refused(ExitCode.FAILED, "lies in the node's own", "contribute", home.directory(), "--yes");
    refused(ExitCode.FAILED, "is no folder and no", "contribute", notes.resolve("photo.jpg"));
    refused(ExitCode.FAILED, "nothing to learn from", "contribute", notes.resolve("empty"));
    refused(ExitCode.WRONG_USAGE, "--list stands alone", "contribute", notes, "--list");
    refused(ExitCode.WRONG_USAGE, "Say which paths", "contribute", "--remove");
    refused(ExitCode.WRONG_USAGE, "Say which paths to forget", "forget", "--yes");
    refused(ExitCode.WRONG_USAGE, "one of the two", "forget", "--all", notes);
    refused(ExitCode.FAILED, "is not allowed", "forget", notes, "--yes");
  }

  @Test
  void recordsThePlaceBehindALink() throws Exception {
    Path alias = Files.createSymbolicLink(directory.resolve("alias"), notes);

    run("contribute", alias, "--yes");
    assertThat(consent().paths()).containsExactly(notes);
    assertThat(run("contribute", notes.resolve("a.txt"), "--yes").out())
        .contains("is allowed already");

    refused(ExitCode.FAILED, "as a part of " + notes, "forget", notes.resolve("a.txt"), "--yes");
    assertThat(run("forget", alias, "--yes").exit()).isZero();
    assertThat(consent()).isEqualTo(Consent.NONE);
  }

  @Test
  void listsWhatIsAllowed() {
    assertThat(run("contribute").out()).contains("Nothing is allowed");
    run("contribute", notes, "--yes");

    assertThat(run("contribute", "--list").out())
        .contains(notes + "  since ", "by `peermind federated contribute --yes`", "a.txt: 1");
  }

  @Test
  void forgetsAPathThatIsGone_andKeepsTheOthers() throws Exception {
    Path other = Files.writeString(directory.resolve("other.md"), "A second text.");
    run("contribute", notes, other, "--yes");
    Files.delete(notes.resolve("a.txt"));
    Files.delete(notes);

    Ran ran = run("contribute", "--remove", notes);

    assertThat(ran.exit()).as(ran.err()).isZero();
    assertThat(consent().paths()).containsExactly(other);
  }

  @Test
  void forgetsAll_evenWhatADamagedFileMayAllow() throws Exception {
    run("contribute", notes, "--yes");
    Files.writeString(home.consentFile(), "{");
    assertThat(run("contribute", "--list").err()).contains("so nothing is allowed").hasLineCount(1);
    assertThat(run("forget", notes, "--yes").exit()).isEqualTo(ExitCode.FAILED);

    Ran ran = run("forget", "--all", "--yes");

    assertThat(ran.exit()).as(ran.err()).isZero();
    assertThat(ran.out()).contains("Nothing is allowed any longer", "cannot be taken back");
    assertThat(consent()).isEqualTo(Consent.NONE);
  }

  @Test
  void leavesNoTraceOfATextOutsideItsFolder() throws Exception {
    Files.writeString(notes.resolve("broken.jsonl"), "{\"text\": \"" + CANARY + "\"");
    Files.writeString(notes.resolve("latin.txt"), CANARY + "\u00fc", StandardCharsets.ISO_8859_1);
    run("contribute", notes, "--yes");
    TrainingFolder folder = new TrainingFolder(home.trainingDirectory());
    Path tokens = home.trainingDirectory().resolve("round.tokens");
    TrainingText training =
        new TrainingText(
            new OwnerData(home.directory()),
            folder,
            (text, special) -> text.chars().boxed().toList(),
            OptionalInt.empty(),
            Optional.empty());
    printed.add(training.prepare(consent(), 64, tokens).toString());
    printed.add(consent().toString());
    assertThat(tokens).exists();
    assertThat(places(CANARY)).allMatch(file -> file.startsWith(notes)).hasSize(3);

    assertThat(run("forget", notes, "--yes").out()).contains("Deleted: 1 file of tokens");

    assertThat(tokens).doesNotExist();
    assertThat(places(CANARY)).allMatch(file -> file.startsWith(notes)).hasSize(3);
    assertThat(printed).noneMatch(text -> text.contains(CANARY));
  }

  private List<Path> places(String text) throws IOException {
    List<Path> places = new ArrayList<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(text)) {
          places.add(file);
        }
      }
    }
    return places;
  }
}
