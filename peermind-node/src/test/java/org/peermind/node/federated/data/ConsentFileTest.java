// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.testkit.Property;

final class ConsentFileTest {
  private static final Instant NOON = Instant.parse("2026-06-21T12:00:00Z");
  private static final Consent.Allowed NOTES = allowed("/home/ada/notes", Consent.TERMS);
  private static final Consent.Allowed BOOK = allowed("/home/ada/book.txt", Consent.TERMS);

  @TempDir private Path directory;
  private Path path;
  private ConsentFile file;

  @BeforeEach
  void choosePlace() {
    path = directory.resolve("federated/consent.json");
    file = new ConsentFile(path);
  }

  private static Consent.Allowed allowed(String path, int terms) {
    return new Consent.Allowed(Path.of(path), NOON, "peermind federated contribute", terms);
  }

  @Test
  void allowsNothing_withoutAFile() throws Exception {
    assertThat(file.read()).isEqualTo(Consent.NONE);
  }

  @Test
  void keepsWhatIsAllowed_forItsOwnerAlone() throws Exception {
    file.write(new Consent(List.of(NOTES)));
    file.write(new Consent(List.of(NOTES, BOOK)));

    assertThat(new ConsentFile(path).read()).isEqualTo(new Consent(List.of(NOTES, BOOK)));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())))
        .isEqualTo("rwx------");
    assertThat(path.getParent()).isDirectoryNotContaining("glob:**.new");
  }

  @Test
  void refusesEveryOtherForm_inOneSentence() throws Exception {
    file.write(new Consent(List.of(NOTES)));
    String good = Files.readString(path);

    refused("");
    refused("[]");
    refused(good.replace("\"version\" : 1", "\"version\" : 2"));
    refused(good.replace("\"version\" : 1,", ""));
    refused(good.replace("\"version\"", "\"more\" : 1, \"version\""));
    refused(good.replace("\"terms\" : 1", "\"terms\" : 0"));
    refused(good.replace("\"terms\" : 1", "\"terms\" : \"1\""));
    refused(good.replace("\"terms\" : 1", "\"terms\" : 1, \"terms\" : 1"));
    refused(good.replace("/home/ada/notes", "notes"));
    refused(good.replace("/home/ada/notes", "/home/ada/../notes"));
    refused(good.replace("2026-06-21T12:00:00Z", "at noon"));
    refused(good + good);
    refused(good + " ".repeat(1 << 19));
  }

  private void refused(String content) throws IOException {
    Files.writeString(path, content);
    assertThatThrownBy(file::read)
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageEndingWith(
            "so nothing is allowed; remove it and run `peermind federated contribute` again.")
        .hasMessageNotContaining("ada");
    assertThat(file.stillAllows(new Consent(List.of(NOTES)))).isFalse();
  }

  @Test
  void neverAllowsMore_whenBytesAreDamaged() throws Exception {
    Consent consent = new Consent(List.of(NOTES, BOOK));
    file.write(consent);
    byte[] good = Files.readAllBytes(path);

    Property.forAll(
        1,
        200,
        random -> {
          byte[] bad = good.clone();
          bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
          Files.write(path, bad);
          try {
            assertThat(file.read().allowed()).hasSize(2);
          } catch (IOException refused) {
            assertThat(refused).hasMessageContaining("so nothing is allowed");
          }
        });
  }

  @Test
  void refusesAFile_thatOthersMayWrite() throws Exception {
    file.write(new Consent(List.of(NOTES)));
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw--w----"));

    assertThatThrownBy(file::read).hasMessageContaining("may be written by other users");
  }

  @Test
  void refusesALinkToAnotherFile() throws Exception {
    file.write(new Consent(List.of(NOTES)));
    Path elsewhere = Files.move(path, directory.resolve("elsewhere.json"));
    Files.createSymbolicLink(path, elsewhere);

    assertThatThrownBy(file::read).hasMessageContaining("is no file");
  }

  @Test
  void allowsNothing_thatWasAgreedToInOlderWords() {
    Consent older = new Consent(List.of(allowed("/home/ada/notes", Consent.TERMS + 1), BOOK));

    assertThat(older.paths()).containsExactly(BOOK.path());
    assertThat(older.covering(Path.of("/home/ada/notes/a.txt"))).isEmpty();
  }

  @Test
  void saysWhetherATrainingMayGoOn() throws Exception {
    Consent before = new Consent(List.of(NOTES));
    file.write(before.with(BOOK));
    assertThat(file.stillAllows(before)).isTrue();

    file.write(Consent.NONE.with(allowed("/home/ada", Consent.TERMS)));
    assertThat(file.stillAllows(before)).isTrue();

    file.write(new Consent(List.of(BOOK)));
    assertThat(file.stillAllows(before)).isFalse();
  }

  @Test
  void coversAFolderWithAllBelow_andNoNeighbour() {
    Consent consent = Consent.NONE.with(allowed("/home/ada/notes/a", Consent.TERMS)).with(NOTES);

    assertThat(consent.allowed()).containsExactly(NOTES);
    assertThat(consent.covering(Path.of("/home/ada/notes/b/c.txt"))).contains(NOTES);
    assertThat(consent.covering(Path.of("/home/ada/notes-of-eve"))).isEmpty();
    assertThat(consent.without(NOTES.path())).isEqualTo(Consent.NONE);
  }

  @Test
  void tellsNoNames_inItsTextForm() {
    assertThat(new Consent(List.of(NOTES)).toString()).doesNotContain("ada");
  }
}
