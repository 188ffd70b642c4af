// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.peermind.model.GgufException;
import org.peermind.model.ModelInspection;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeHome;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ServedModel;

/// Which model the node served last, kept over restarts in `$PEERMIND_HOME/served-model`: a text of
/// five lines and their SHA-256. Written in one step and forced to the disk.
public final class ServedModelFile {
  private static final String HEADER = "peermind-served-model 1";
  private static final int BYTES_MAX = 8 * 1_024;
  private static final int LINES = 6;

  private final NodeHome home;
  private Optional<String> refusal = Optional.empty();

  public ServedModelFile(NodeHome home) {
    this.home = home;
  }

  /// A model whose file is still there and is what it was.
  public record Kept(Path file, ServedModel model) {}

  /// Keeps a model, and forgets the one before.
  ///
  /// @throws ConfigException with one sentence when it cannot be written
  public void save(Path file, ServedModel model) throws ConfigException {
    Path store = home.modelsDirectory().toAbsolutePath().normalize();
    Path absolute = file.toAbsolutePath().normalize();
    Path kept = absolute.startsWith(store) ? store.relativize(absolute) : absolute;
    boolean isPlain =
        (model.name() + kept).chars().noneMatch(Character::isISOControl) && model.verified();
    if (!isPlain) {
      throw new ConfigException(
          "The model %s cannot be remembered, for its file was not hashed or a name has control characters."
              .formatted(model.hash().hex()));
    }
    String text =
        String.join(
            "\n",
            HEADER,
            "sha256 " + model.hash().hex(),
            "context " + model.contextTokens(),
            "name " + model.name(),
            "file " + kept,
            "");
    home.write(home.servedModelFile(), text + "checksum " + checksum(text) + "\n");
  }

  /// The model that was kept, if its file has the right hash, which is computed. Otherwise
  /// [#refusal] says why.
  public Optional<Kept> load() {
    refusal = Optional.empty();
    Path file = home.servedModelFile();
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      Kept kept = parse(file);
      ModelInspection inspection = ModelInspection.of(kept.file());
      if (inspection.sha256().equals(kept.model().hash())) {
        return Optional.of(kept);
      }
      refusal =
          Optional.of(
              "The model file %s has changed since the node served it; the configured model is served."
                  .formatted(kept.file()));
    } catch (GgufException gone) {
      refusal =
          Optional.of(
              "The model that the node served last cannot be used (%s); the configured model is served."
                  .formatted(gone.getMessage()));
    } catch (IOException | IllegalArgumentException damaged) {
      refusal = Optional.of(file + " is damaged and is not used; the configured model is served.");
    }
    return Optional.empty();
  }

  /// Why the last [#load] gave nothing although something was kept; one sentence.
  public Optional<String> refusal() {
    return refusal;
  }

  /// @throws IllegalArgumentException when it is not what was written
  private Kept parse(Path file) throws IOException {
    if (Files.size(file) > BYTES_MAX) {
      throw new IllegalArgumentException("too long");
    }
    String text = Files.readString(file, StandardCharsets.UTF_8);
    int end = text.lastIndexOf("checksum ");
    List<String> lines = text.lines().toList();
    boolean isWhole =
        end >= 0
            && lines.size() == LINES
            && lines.getFirst().equals(HEADER)
            && text.substring(end).equals("checksum " + checksum(text.substring(0, end)) + "\n");
    if (!isWhole) {
      throw new IllegalArgumentException("not whole");
    }
    ServedModel model =
        new ServedModel(
            new ModelHash(value(lines.get(1), "sha256 ")),
            value(lines.get(3), "name "),
            Integer.parseInt(value(lines.get(2), "context ")));
    return new Kept(path(value(lines.get(4), "file ")), model);
  }

  /// What is not absolute lies in the store, and nowhere else.
  private Path path(String text) {
    Path store = home.modelsDirectory().toAbsolutePath().normalize();
    try {
      Path path = Path.of(text);
      Path resolved = store.resolve(path).normalize();
      if (!path.isAbsolute() && !resolved.startsWith(store)) {
        throw new IllegalArgumentException("outside the store");
      }
      return resolved;
    } catch (InvalidPathException malformed) {
      throw new IllegalArgumentException("no path", malformed);
    }
  }

  private static String value(String line, String key) {
    if (!line.startsWith(key)) {
      throw new IllegalArgumentException("no line " + key);
    }
    return line.substring(key.length());
  }

  private static String checksum(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every JDK has SHA-256", impossible);
    }
  }
}
