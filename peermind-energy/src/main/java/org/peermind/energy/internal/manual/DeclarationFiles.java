// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.manual;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.peermind.energy.Declaration;
import org.peermind.energy.spi.EnergyAdapterException;

/// The owner's declaration in the node's directory, written by `peermind energy declare`, and
/// beside it how much of its time is used up, written by the node that uses it.
final class DeclarationFiles {
  private static final int BYTES_MAX = 1_024;
  private static final String HEADER = "peermind declaration used";

  private final Path declaration;
  private final Path used;

  DeclarationFiles(Path home) {
    declaration = home.resolve(Declaration.FILE);
    used = home.resolve("declaration-used");
  }

  /// The declaration; empty when there is none.
  Optional<Declaration> declaration() throws EnergyAdapterException {
    Optional<String> text = text(declaration);
    try {
      return text.map(Declaration::read);
    } catch (IllegalArgumentException damaged) {
      throw new EnergyAdapterException(
          declaration + " is damaged; `peermind energy declare` writes it anew.", damaged);
    }
  }

  /// How the term of this declaration stood when it was last kept; the whole term when nothing was
  /// kept of it.
  Term term(Declaration of) throws EnergyAdapterException {
    Optional<String> text = text(used);
    if (text.isEmpty()) {
      return Term.of(of);
    }
    List<String> lines = text.get().lines().toList();
    try {
      if (lines.size() == 4 && lines.getFirst().equals(HEADER)) {
        return Instant.parse(lines.get(1)).equals(of.at())
            ? new Term(of, Instant.parse(lines.get(2)), Instant.parse(lines.get(3)))
            : Term.of(of);
      }
    } catch (DateTimeException _) {
      // Said below, as for every other damage.
    }
    throw new EnergyAdapterException(
        used
            + " is damaged, so that nobody knows how long the declaration holds; remove it and"
            + " declare again.");
  }

  /// Keeps how much is used up, in one step and on the disk.
  void keep(Term term) throws EnergyAdapterException {
    String text =
        "%s\n%s\n%s\n%s\n".formatted(HEADER, term.declaration().at(), term.seen(), term.until());
    Path fresh = used.resolveSibling(used.getFileName() + ".new");
    try {
      try (FileChannel channel =
          FileChannel.open(
              fresh,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(fresh, used, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException unwritable) {
      throw new EnergyAdapterException(
          used + " cannot be written, so the declaration counts nothing; free the disk.",
          unwritable);
    }
  }

  private static Optional<String> text(Path file) throws EnergyAdapterException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(BYTES_MAX);
      return Optional.of(new String(bytes, StandardCharsets.UTF_8));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (IOException unreadable) {
      throw new EnergyAdapterException(file + " cannot be read; check its rights.", unreadable);
    }
  }
}
