// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.peermind.protocol.governance.Digest;

/// What training keeps on the disk: a private folder for the round that it is about, and none for
/// any other.
///
/// @param all the folder that they lie in
record RoundFolders(Path all) {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  /// The folder of a round, which is there then; those of other rounds are not.
  Path only(Digest round) throws IOException {
    Files.createDirectories(all);
    List<Path> others;
    try (Stream<Path> inside = Files.list(all)) {
      others = inside.filter(one -> !one.endsWith(round.hex())).toList();
    }
    for (Path other : others) {
      delete(other);
    }
    Path folder = all.resolve(round.hex());
    Files.createDirectories(folder);
    return Files.setPosixFilePermissions(folder, OWNER_ONLY);
  }

  /// Deletes what is there of a round.
  void forget(Digest round) throws IOException {
    delete(all.resolve(round.hex()));
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    List<Path> inside;
    try (Stream<Path> walk = Files.walk(folder)) {
      inside = walk.sorted(Comparator.reverseOrder()).toList();
    } catch (UncheckedIOException changed) {
      throw changed.getCause();
    }
    for (Path one : inside) {
      Files.deleteIfExists(one);
    }
  }
}
