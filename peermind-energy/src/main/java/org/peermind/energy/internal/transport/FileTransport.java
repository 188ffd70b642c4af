// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.peermind.energy.internal.format.AnswerFormat;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsReader;

/// A file that another program of the owner's writes, such as one that a cron job makes. The time
/// of its last change counts as the time of receipt, so that a program that died is noticed.
final class FileTransport implements Transport {
  /// What lies further ahead would stay fresh until then.
  private static final Duration AHEAD_MAX = Duration.ofSeconds(5);

  @Override
  public String name() {
    return "file";
  }

  @Override
  public void check(SettingsReader request) {
    var _ = request.text("path");
  }

  @Override
  public DeviceLink open(SettingsReader connection, Surroundings surroundings) {
    String path = connection.text("path", "");
    if (path.isBlank()) {
      connection.problem("path", "must name the file that holds the answer");
    }
    return new FileLink(surroundings.home().resolve(path), surroundings.time());
  }

  /// @param file what another program writes
  private record FileLink(Path file, InstantSource time) implements DeviceLink {
    @Override
    public Answer ask(SettingsReader request) throws EnergyAdapterException {
      Path asked = request.text("path").map(file::resolveSibling).orElse(file);
      if (Files.exists(asked) && !Files.isRegularFile(asked)) { // a pipe would keep us waiting
        throw new EnergyAdapterException("%s is not a plain file.".formatted(asked));
      }
      try (InputStream in = Files.newInputStream(asked)) {
        Instant changed = Files.getLastModifiedTime(asked).toInstant();
        byte[] bytes = in.readNBytes(AnswerFormat.ANSWER_CHARACTERS_MAX + 1);
        Instant now = time.instant();
        if (changed.isAfter(now.plus(AHEAD_MAX))) {
          throw new EnergyAdapterException(
              "The file %s was changed at %s, which is yet to come; check the machine's clock."
                  .formatted(asked, changed));
        }
        return new Answer(
            new String(bytes, StandardCharsets.UTF_8), changed.isBefore(now) ? changed : now);
      } catch (NoSuchFileException missing) {
        throw new EnergyAdapterException("The file %s is not there.".formatted(asked));
      } catch (IOException unreadable) {
        throw new EnergyAdapterException("The file %s cannot be read.".formatted(asked));
      }
    }

    @Override
    public void close() {
      // A file is closed after every reading.
    }
  }
}
