// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.Profiles;
import org.peermind.energy.spi.SettingsException;

final class ProfileShelfTest {
  private static final String FORMAT =
      """
      profile: %s
      transport: file
      connection: {file: x}
      answers:
        - interface: %s
          request: {}
          roles: {grid: {grid_power_w: %s}}
          samples:
            - {origin: documented, role: grid, answer: '{"p": 5}', reading: {grid_power_w: 5}}
      """;

  @TempDir private Path directory;

  @Test
  void readsEveryProfileOfTheJar() {
    ProfileShelf shelf = ProfileShelf.builtIn();

    assertThat(shelf.refused()).isEmpty();
    assertThat(shelf.profiles()).extracting(Profile::name).containsExactlyElementsOf(shelf.names());
  }

  @Test
  void decodesNothing_withAnOwnersProfileThatFailsItsSamples_evenWhereTheJarHasOneOfItsName()
      throws IOException {
    write("a.yaml", FORMAT.formatted("fronius", "fronius-solarapi-powerflow", "-p"));
    ProfileShelf shelf = ProfileShelf.with(directory);

    assertThatThrownBy(() -> shelf.profile("fronius"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("does not decode to what it promises");
    assertThat(
            Profiles.with(directory)
                .decode("fronius-solarapi-powerflow", null, "{\"p\": 5}", Map.of(), Map.of()))
        .isInstanceOfSatisfying(
            Profiles.Decoding.Refused.class,
            refused -> assertThat(refused.sentence()).contains("grid_power_w is -5.0 where 5"));
    assertThat(shelf.refused()).hasSize(1);
  }

  @Test
  void withholdsTheJarsProfile_whereTheOwnersFileOfItsNameCannotBeRead() throws IOException {
    write("evcc.yaml", "profile: [");

    assertThatThrownBy(() -> ProfileShelf.with(directory).profile("evcc"))
        .hasMessageContaining("the YAML cannot be read");
  }

  @Test
  void readsTheOtherFiles_whereOneIsNoTextOrMuchTooLong() throws IOException {
    Files.write(directory.resolve("a.yaml"), new byte[] {(byte) 0xFF, (byte) 0xFE, 0, 0});
    write("b.yaml", "#".repeat(3 << 20));
    Files.createDirectory(directory.resolve("c.yaml"));
    write("z.yaml", FORMAT.formatted("mine", "mine-status", "p"));
    ProfileShelf shelf = ProfileShelf.with(directory);

    assertThat(shelf.profile("mine")).isPresent();
    assertThat(shelf.refused())
        .hasSize(3)
        .anySatisfy(reason -> assertThat(reason).contains("a.yaml cannot be read"))
        .anySatisfy(reason -> assertThat(reason).contains("b.yaml is longer than 512 KiB"))
        .anySatisfy(reason -> assertThat(reason).contains("c.yaml is no file"));
  }

  @Test
  void refusesTwoFilesOfOneName_andTheNamesOfAdapters() throws IOException {
    write("one.yaml", FORMAT.formatted("mine", "mine-status", "p"));
    write("two.yaml", FORMAT.formatted("mine", "mine-status", "p * 1"));
    write("three.yaml", FORMAT.formatted("manual", "by-hand", "p"));
    ProfileShelf shelf = ProfileShelf.with(directory);

    assertThatThrownBy(() -> shelf.profile("mine"))
        .hasMessageContaining("both describe the profile mine");
    assertThat(shelf.profile("manual")).isEmpty();
    assertThat(shelf.refused()).hasSize(2);
  }

  @Test
  void looksOnlyAtProfilesThatMentionWhatIsAsked() {
    assertThat(ProfileShelf.builtIn().mentioning("fronius-solarapi-powerflow"))
        .containsExactly("fronius");
  }

  @Test
  void readsAnAnswerWithAByteOrderMark_andWritesNoMinusZero() throws IOException {
    write("mine.yaml", FORMAT.formatted("mine", "mine-status", "p"));

    assertThat(
            Profiles.with(directory)
                .decode("mine-status", null, "\uFEFF{\"p\": -0.0}", Map.of(), Map.of()))
        .isInstanceOfSatisfying(
            Profiles.Decoding.Read.class,
            read -> assertThat(read.report().get("grid_power_w")).hasToString("0.0"));
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(directory.resolve(file), text, StandardCharsets.UTF_8);
  }
}
