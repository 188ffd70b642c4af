// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.node.federated.data.OwnerData.Survey;

final class OwnerDataTest {
  @TempDir private Path directory;
  private Path home;
  private Path notes;

  @BeforeEach
  void makeFolders() throws Exception {
    directory = directory.toRealPath();
    home = Files.createDirectory(directory.resolve("home"));
    notes = Files.createDirectory(directory.resolve("notes"));
  }

  private static Consent consent(Path... paths) {
    Consent consent = Consent.NONE;
    for (Path path : paths) {
      consent = consent.with(new Consent.Allowed(path, Instant.EPOCH, "a command", Consent.TERMS));
    }
    return consent;
  }

  private Survey survey(Path... paths) throws Exception {
    return new OwnerData(home).survey(consent(paths));
  }

  private List<String> texts(Path... paths) {
    List<String> texts = new ArrayList<>();
    new OwnerData(home)
        .samples(consent(paths), new LeftOuts())
        .forEachRemaining(sample -> texts.add(((Sample.Passage) sample).text()));
    return texts;
  }

  private Path write(String name, String text) throws IOException {
    Path file = notes.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  @Test
  void usesTextMarkdownAndJsonLines_inTheOrderOfTheirNames() throws Exception {
    write("b.txt", "Second.");
    write("A.MD", "First.");
    write("sub/c.jsonl", "{\"text\": \"Third.\", \"id\": 7}\n");
    write("photo.jpg", "no text");
    Files.createDirectory(notes.resolve("folder.txt"));

    assertThat(texts(notes)).containsExactly("First.", "Second.", "Third.");
    Survey survey = survey(notes);
    assertThat(survey.files())
        .extracting(OwnerData.UsedFile::path)
        .containsExactly(
            notes.resolve("A.MD"), notes.resolve("b.txt"), notes.resolve("sub/c.jsonl"));
    assertThat(survey.samples()).isEqualTo(3);
    assertThat(survey.characters()).isEqualTo(6 + 7 + 6);
    assertThat(survey.leftOut().counts()).isEqualTo(Map.of(LeftOut.OTHER_KIND, 1L));
  }

  @Test
  void followsNoSymbolicLink_outOfTheFolderOrOnTheWayToIt() throws Exception {
    Path secret = Files.createDirectory(directory.resolve("secret"));
    Files.writeString(secret.resolve("diary.txt"), "Not for you.");
    Files.createSymbolicLink(notes.resolve("diary.txt"), secret.resolve("diary.txt"));
    Files.createSymbolicLink(notes.resolve("folder"), secret);
    Files.createSymbolicLink(directory.resolve("alias"), secret);

    assertThat(texts(notes)).isEmpty();
    assertThat(survey(notes).leftOut().of(LeftOut.LINK)).isEqualTo(2);
    assertThat(texts(directory.resolve("alias/diary.txt"))).isEmpty();
  }

  @Test
  void readsNothing_whenAFolderBecameALinkSinceItWasFound() throws Exception {
    Path file = write("sub/a.txt", "Mine.");
    LeftOuts leftOut = new LeftOuts();
    DataWalk walk = new DataWalk(home, leftOut);
    List<DataFile> found = walk.files(consent(notes));
    Path secret = Files.createDirectory(directory.resolve("secret"));
    Files.writeString(secret.resolve("a.txt"), "Not!!");
    Files.delete(file);
    Files.delete(file.getParent());
    Files.createSymbolicLink(notes.resolve("sub"), secret);

    assertThat(walk.text(found.getFirst())).isEmpty();
    assertThat(leftOut.of(LeftOut.LINK)).isEqualTo(1);
  }

  @Test
  void leavesOutHiddenFiles_unlessTheyWereNamed() throws Exception {
    Path hidden = write(".drafts/a.txt", "Draft.");

    assertThat(texts(notes)).isEmpty();
    assertThat(survey(notes).leftOut().of(LeftOut.HIDDEN)).isEqualTo(1);
    assertThat(texts(hidden)).containsExactly("Draft.");
  }

  @Test
  void neverReadsTheNodesOwnDirectory() throws Exception {
    Files.writeString(home.resolve("log.txt"), "A prompt of somebody.");
    write("a.txt", "Mine.");

    assertThat(texts(directory)).containsExactly("Mine.");
    assertThat(texts(home)).isEmpty();
    assertThat(survey(directory).leftOut().of(LeftOut.NODE_HOME)).isEqualTo(1);
  }

  @Test
  void countsWhatIsNoText() throws Exception {
    Files.write(notes.resolve("latin.txt"), "grün".getBytes(StandardCharsets.ISO_8859_1));
    Files.write(notes.resolve("cut.txt"), new byte[] {'a', (byte) 0xe2, (byte) 0x82});
    write("binary.txt", "a\0b");
    write("bom.txt", "\ufeffWith a mark.");
    write("empty.txt", "");

    assertThat(texts(notes)).containsExactly("With a mark.");
    assertThat(survey(notes).leftOut().counts()).isEqualTo(Map.of(LeftOut.NOT_TEXT, 3L));
  }

  @Test
  void countsWhatIsTooLongTooDeepOrGone() throws Exception {
    Files.write(notes.resolve("long.txt"), new byte[DataWalk.FILE_BYTES_MAX + 1]);
    write("d/".repeat(DataWalk.DEPTH_MAX) + "deep.txt", "Too deep.");
    write("d/".repeat(DataWalk.DEPTH_MAX - 1) + "allowed.txt", "Deep.");

    assertThat(texts(notes, directory.resolve("gone"))).containsExactly("Deep.");
    assertThat(survey(notes, directory.resolve("gone")).leftOut().counts())
        .isEqualTo(Map.of(LeftOut.FILE_TOO_LONG, 1L, LeftOut.TOO_DEEP, 1L, LeftOut.UNREADABLE, 1L));
  }

  @Test
  void leavesOutAFile_thatGrowsWhileItIsRead() throws Exception {
    Path file = write("a.txt", "Short.");
    LeftOuts leftOut = new LeftOuts();
    DataWalk walk = new DataWalk(home, leftOut);
    List<DataFile> found = walk.files(consent(notes));
    Files.writeString(file, "Longer than before.");

    assertThat(walk.text(found.getFirst())).isEmpty();
    assertThat(leftOut.of(LeftOut.UNREADABLE)).isEqualTo(1);
  }

  @Test
  void holdsToTheBytesOfAllFilesTogether() throws Exception {
    byte[] large = new byte[DataWalk.FILE_BYTES_MAX];
    for (int i = 0; i < 5; i++) {
      Files.write(notes.resolve(i + ".txt"), large);
    }
    LeftOuts leftOut = new LeftOuts();

    assertThat(new DataWalk(home, leftOut).files(consent(notes))).hasSize(4);
    assertThat(leftOut.of(LeftOut.BEYOND_BOUND)).isEqualTo(1);
  }

  @Test
  void usesAFileOnce_howeverOftenItIsCovered() throws Exception {
    Path file = write("a.txt", "Once.");
    Consent.Allowed folder = new Consent.Allowed(notes, Instant.EPOCH, "c", Consent.TERMS);
    Consent.Allowed inside = new Consent.Allowed(file, Instant.EPOCH, "c", Consent.TERMS);

    Survey survey = new OwnerData(home).survey(new Consent(List.of(inside, folder)));

    assertThat(survey.samples()).isEqualTo(1);
    assertThat(survey.leftOut().counts()).isEmpty();
  }

  @Test
  void usesRepeatedTextOnce_overAllFiles() throws Exception {
    write("a.txt", "The sun  sets in\nthe west.");
    write("b.txt", "THE SUN SETS IN THE WEST.\n\n");
    write("c.txt", "The sun sets in the east.");

    assertThat(texts(notes))
        .containsExactly("The sun  sets in\nthe west.", "The sun sets in the east.");
    assertThat(survey(notes).leftOut().counts()).isEqualTo(Map.of(LeftOut.DUPLICATE, 1L));
  }

  @Test
  void tellsNeitherNamesNorTexts_inTextForms() throws Exception {
    write("canary-name.txt", "canary-text");

    Survey survey = survey(notes);

    assertThat(survey.samples()).isEqualTo(1);
    assertThat(survey.toString()).doesNotContain("canary");
    assertThat(new Sample.Passage("canary").toString()).doesNotContain("canary");
    assertThat(new Sample.Completion("canary", "canary").toString()).doesNotContain("canary");
    assertThat(new Sample.Dialogue(List.of(new Turn(Turn.Role.ASSISTANT, "canary"))).toString())
        .doesNotContain("canary");
  }
}
