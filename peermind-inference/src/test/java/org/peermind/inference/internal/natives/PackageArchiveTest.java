// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.testkit.Property;

class PackageArchiveTest {
  private static final String BINS = "package/bins/linux-x64/";

  @TempDir private Path directory;
  private int made;

  @Test
  void takesTheLibrariesAndTheLicenceOnly() throws IOException {
    Path target =
        unpack(
            new TarMaker()
                .file("package/LICENSE", "MIT")
                .file("package/package.json", "{}")
                .file("package/dist/index.js", "run()")
                .entry(BINS, '5', new byte[0])
                .file(BINS + "libllama.so", "native code"));

    assertThat(names(target)).containsExactlyInAnyOrder("LICENSE", "libllama.so");
    assertThat(target.resolve("libllama.so")).hasContent("native code");
  }

  @Test
  void refusesWhatIsNotAPlainFileInItsPlace() throws IOException {
    for (String name :
        List.of(
            BINS + "../../../escaped.so",
            BINS + "deeper/lib.so",
            BINS + "..",
            BINS + ".hidden",
            BINS + "new\nline",
            BINS)) {
      assertThatThrownBy(() -> unpack(new TarMaker().file(name, "x")))
          .as(name)
          .isInstanceOf(PackageArchive.ArchiveException.class)
          .hasMessageContaining("has no proper name");
    }
    for (char type : "123467xgLK".toCharArray()) {
      assertThatThrownBy(() -> unpack(new TarMaker().entry(BINS + "lib.so", type, new byte[0])))
          .as("type " + type)
          .isInstanceOf(PackageArchive.ArchiveException.class)
          .hasMessageContaining("neither a file nor a folder");
    }
    assertThatThrownBy(
            () -> unpack(new TarMaker().file(BINS + "lib.so", "a").file(BINS + "lib.so", "b")))
        .hasMessageContaining("has no proper name");
    assertThatThrownBy(() -> unpack(new TarMaker().file("package/LICENSE", "a").file("x", "b")))
        .as("no libraries at all, but a licence")
        .isInstanceOf(PackageArchive.ArchiveException.class);
    assertThat(names(directory)).noneMatch(name -> name.contains("escaped"));
  }

  @Test
  void refusesAnArchiveOfTooManyBytesOrEntries() {
    TarMaker many = new TarMaker();
    for (int i = 0; i <= PackageArchive.ENTRIES_MAX; i++) {
      many.file("package/" + i, "");
    }
    assertThatThrownBy(() -> unpack(many)).hasMessageContaining("more than 512 entries");

    byte[] huge = new TarMaker().file(BINS + "lib.so", "x").tar();
    byte[] size = "77777777777 ".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    System.arraycopy(size, 0, huge, 124, size.length);
    assertThatThrownBy(() -> unpack(checked(huge))).hasMessageContaining("more than 512 MiB");
  }

  /// Only its own refusal comes out of damaged archives, and nothing lies outside of the folder.
  @Test
  void refusesMutantsByItsOwnExceptionOnly() throws IOException {
    byte[] whole =
        new TarMaker().file("package/LICENSE", "MIT").file(BINS + "libllama.so", "native").tar();
    Property.forAll(
        1,
        400,
        random -> {
          byte[] mutant = whole.clone();
          for (int i = 0; i <= random.nextInt(3); i++) {
            mutant[random.nextInt(mutant.length)] = (byte) random.nextInt(256);
          }
          byte[] cut =
              random.nextInt(3) == 0 ? Arrays.copyOf(mutant, random.nextInt(3000)) : mutant;
          try {
            Path target = unpack(random.nextBoolean() ? checked(cut) : cut);
            assertThat(names(target)).isNotEmpty();
          } catch (PackageArchive.ArchiveException refused) {
            assertThat(refused.getMessage()).isNotBlank();
          }
        });
    assertThat(names(directory)).allMatch(name -> name.matches("(archive|target)\\d+"));
  }

  private Path unpack(TarMaker archive) throws IOException {
    return unpack(archive.tar());
  }

  private Path unpack(byte[] tar) throws IOException {
    Path target = Files.createDirectory(directory.resolve("target" + ++made));
    Path archive = TarMaker.write(directory.resolve("archive" + made), tar);
    PackageArchive.unpack(archive, "linux-x64", target, _ -> {});
    return target;
  }

  /// The same with a right checksum of the first header.
  private static byte[] checked(byte[] tar) {
    if (tar.length < 512) {
      return tar;
    }
    byte[] right = tar.clone();
    Arrays.fill(right, 148, 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += Byte.toUnsignedInt(right[i]);
    }
    byte[] digits =
        String.format(java.util.Locale.ROOT, "%06o\0 ", sum)
            .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    System.arraycopy(digits, 0, right, 148, digits.length);
    return right;
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
