// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.node.config.NodeHome;
import org.peermind.node.federated.OwnUpdates;
import org.peermind.node.federated.data.Consent;
import org.peermind.node.federated.data.ConsentFile;
import org.peermind.node.federated.data.TrainingFolder;

/// Takes back what an owner has allowed, and deletes what was made of it.
final class Forgetting {
  private final ConsentFile file;
  private final TrainingFolder training;
  private final OwnUpdates updates;
  private final NodeHome node;
  private final PrintWriter out;

  Forgetting(NodeHome node, PrintWriter out) {
    this.node = node;
    this.file = new ConsentFile(node.consentFile());
    this.training = new TrainingFolder(node.trainingDirectory());
    this.updates = new OwnUpdates(node.memberDirectory());
    this.out = out;
  }

  /// Takes back these paths, each of which must be allowed by itself.
  int paths(List<Path> paths) throws CommandFailed, IOException {
    Consent after = file.read();
    List<Path> taken = new ArrayList<>();
    for (Path path : paths) {
      Path allowed = allowed(after, path);
      after = after.without(allowed);
      taken.add(allowed);
    }
    file.write(after);
    taken.forEach(path -> out.println(OwnerDataWords.printable(path) + " is allowed no longer."));
    return deleteTraining();
  }

  /// Takes back all, also what a damaged file may have said.
  int all() throws IOException {
    if (Files.exists(node.consentFile(), LinkOption.NOFOLLOW_LINKS)) {
      file.write(Consent.NONE);
    }
    out.println("Nothing is allowed any longer.");
    return deleteTraining();
  }

  /// The allowed path that is meant: as it is written, or the place that it has now.
  static Path allowed(Consent consent, Path path) throws CommandFailed {
    Path plain = path.toAbsolutePath().normalize();
    List<Path> meant = new ArrayList<>(List.of(plain));
    try {
      meant.add(path.toRealPath());
    } catch (IOException gone) {
      // A path that is no longer there can be forgotten by the name that it had.
    }
    for (Path one : meant) {
      Optional<Consent.Allowed> found =
          consent.allowed().stream().filter(known -> known.path().equals(one)).findFirst();
      if (found.isPresent()) {
        return found.get().path();
      }
    }
    for (Path one : meant) {
      Optional<Consent.Allowed> above =
          consent.allowed().stream().filter(known -> one.startsWith(known.path())).findFirst();
      if (above.isPresent()) {
        throw new CommandFailed(
            ExitCode.FAILED,
            "%s is allowed as a part of %s; forget that, and allow the rest of it by itself."
                .formatted(
                    OwnerDataWords.printable(path), OwnerDataWords.printable(above.get().path())));
      }
    }
    throw new CommandFailed(
        ExitCode.FAILED,
        OwnerDataWords.printable(path)
            + " is not allowed; `peermind federated contribute --list` shows what is.");
  }

  /// Tokens and checkpoints may be of several paths together, so all go.
  private int deleteTraining() throws IOException {
    int files = training.clear() + updates.delete();
    out.printf(
        "Deleted: %d %s of tokens, training and updates.%n", files, files == 1 ? "file" : "files");
    out.println(
        "What other members have of your node already cannot be taken back: updates that it sent,");
    out.println("and checkpoints that they were summed into.");
    return ExitCode.DONE;
  }
}
