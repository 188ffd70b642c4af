// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/// The folder in the node's home for all that is made of the owner's texts: token files and the
/// checkpoints and scratch files of training. Only its owner may look into it; it is emptied when a
/// training has ended and by `peermind federated forget`.
public final class TrainingFolder {
  private static final int DEPTH_MAX = 8;
  private static final int ATTEMPTS = 5;

  private final Path folder;

  public TrainingFolder(Path folder) {
    this.folder = folder.toAbsolutePath().normalize();
  }

  /// Makes the folder that a file in it needs, if it is not there.
  void makeFor(Path file) throws IOException {
    Path above = file.toAbsolutePath().normalize().getParent();
    if (above != null && !Files.isDirectory(above, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectories(
          above,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  /// Whether a path lies below this folder.
  boolean holds(Path path) {
    Path plain = path.toAbsolutePath().normalize();
    return plain.startsWith(folder) && !plain.equals(folder);
  }

  /// Deletes all that lies in the folder; links are deleted and never followed.
  ///
  /// @return how many files there were
  /// @throws IOException with one sentence when something cannot be deleted
  public int clear() throws IOException {
    try {
      return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) ? clear(folder, 0) : 0;
    } catch (IOException undeletable) {
      throw new IOException(
          "%s cannot be emptied (%s); stop the node and delete what is in it."
              .formatted(folder, undeletable.getClass().getSimpleName()),
          undeletable);
    }
  }

  private static int clear(Path inside, int depth) throws IOException {
    List<Path> all = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(inside)) {
      entries.forEach(all::add);
    } catch (NoSuchFileException | NotDirectoryException gone) {
      return 0;
    } catch (DirectoryIteratorException unreadable) {
      throw unreadable.getCause();
    }
    int files = 0;
    for (Path one : all) {
      if (Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS)) {
        if (depth >= DEPTH_MAX) {
          throw new IOException("it is too deep");
        }
        files += remove(one, depth + 1);
      } else if (Files.deleteIfExists(one)) {
        files++;
      }
    }
    return files;
  }

  /// Removes a folder; what a training that runs writes into it meanwhile goes, too.
  private static int remove(Path inside, int depth) throws IOException {
    int files = 0;
    for (int attempt = 1; ; attempt++) {
      files += clear(inside, depth);
      try {
        Files.deleteIfExists(inside);
        return files;
      } catch (DirectoryNotEmptyException written) {
        if (attempt == ATTEMPTS) {
          throw written;
        }
      }
    }
  }
}
