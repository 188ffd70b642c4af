// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.protocol.governance.Digest;

final class CheckpointFileTest {
  private static final Digest TASK = new Digest("aa".repeat(32));
  private static final int LENGTH = 20_000;

  @TempDir Path folder;
  private Path place;
  private CheckpointFile file;

  @BeforeEach
  void place() {
    place = folder.resolve("checkpoint");
    file = new CheckpointFile(place, TASK, LENGTH);
  }

  private static Checkpoint some(int step) {
    Random random = new Random(step);
    float[][] drawn = new float[3][LENGTH];
    for (float[] values : drawn) {
      for (int i = 0; i < LENGTH; i++) {
        values[i] = (float) random.nextGaussian();
      }
    }
    return new Checkpoint(step, 3L * step, 99, 5.5, 4.5, drawn[0], drawn[1], drawn[2]);
  }

  @Test
  void findsNothing_whereNothingWasKept() throws IOException {
    assertThat(file.find()).isEqualTo(new CheckpointFile.Found.Nothing());
  }

  @Test
  void findsTheLastOneThatWasKept() throws IOException {
    file.keep(some(1));
    file.keep(some(2));

    assertThat(file.find()).isInstanceOf(CheckpointFile.Found.Kept.class);
    Checkpoint found = ((CheckpointFile.Found.Kept) file.find()).checkpoint();
    Checkpoint kept = some(2);
    assertThat(found.step()).isEqualTo(2);
    assertThat(found.position()).isEqualTo(6);
    assertThat(found.tokens()).isEqualTo(99);
    assertThat(found.firstLoss()).isEqualTo(5.5);
    assertThat(found.lastLoss()).isEqualTo(4.5);
    assertThat(found.coordinates()).isEqualTo(kept.coordinates());
    assertThat(found.means()).isEqualTo(kept.means());
    assertThat(found.squares()).isEqualTo(kept.squares());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(place)))
        .isEqualTo("rw-------");
    assertThat(folder).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void findsTheOneBefore_whenPowerWentWhileTheNextWasWritten() throws IOException {
    file.keep(some(1));
    byte[] whole = Files.readAllBytes(place);
    Files.write(folder.resolve("checkpoint.part"), Arrays.copyOf(whole, 1000));

    assertThat(((CheckpointFile.Found.Kept) file.find()).checkpoint().step()).isEqualTo(1);

    file.keep(some(2));
    assertThat(((CheckpointFile.Found.Kept) file.find()).checkpoint().step()).isEqualTo(2);
  }

  @Test
  void usesNoneThatIsTornOrOfAnotherTask() throws IOException {
    file.keep(some(1));
    byte[] whole = Files.readAllBytes(place);

    for (int length : new int[] {0, 7, 39, 40, 80, 81, 5000, whole.length - 1, whole.length + 1}) {
      Files.write(place, Arrays.copyOf(whole, length));
      assertThat(file.find()).isInstanceOf(CheckpointFile.Found.Unusable.class);
    }
    Random random = new Random(1);
    for (int attempt = 0; attempt < 50; attempt++) {
      byte[] changed = whole.clone();
      changed[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(place, changed);
      assertThat(file.find()).isInstanceOf(CheckpointFile.Found.Unusable.class);
    }
    Files.write(place, whole);
    assertThat(new CheckpointFile(place, new Digest("bb".repeat(32)), LENGTH).find())
        .isEqualTo(new CheckpointFile.Found.Unusable("is of another task"));
    assertThat(new CheckpointFile(place, TASK, LENGTH - 1).find())
        .isEqualTo(new CheckpointFile.Found.Unusable("is damaged"));
  }

  @Test
  void losesNothingThatItSetsAside() throws IOException {
    Files.writeString(place, "something of the owner's");

    Path aside = file.setAside();

    assertThat(aside).hasFileName("checkpoint.set-aside").hasContent("something of the owner's");
    assertThat(place).doesNotExist();
  }
}
