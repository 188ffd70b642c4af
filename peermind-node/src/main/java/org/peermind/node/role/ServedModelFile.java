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
import org.peermind.inference.AdapterFile;
import org.peermind.model.GgufException;
import org.peermind.model.ModelDigest;
import org.peermind.model.ModelInspection;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeHome;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ServedModel;

/// Which model the node served last, kept over restarts in `$PEERMIND_HOME/served-model`: a text of
/// five lines, or seven with an adapter, and their SHA-256. Written in one step and forced to the
/// disk.
public final class ServedModelFile {
  private static final String HEADER = "peermind-served-model 1";

  /// With two lines more: the model's own hash, and the adapter's with its file.
  private static final String ADAPTED_HEADER = "peermind-served-model 2";

  private static final int HASH_CHARACTERS = 64;
  private static final int BYTES_MAX = 8 * 1_024;
  private static final int LINES = 6;
  private static final int ADAPTED_LINES = 8;

  private final NodeHome home;
  private Optional<String> refusal = Optional.empty();

  public ServedModelFile(NodeHome home) {
    this.home = home;
  }

  /// A model whose file is still there and is what it was.
  public record Kept(ServedFiles files, ServedModel model) {}

  /// Keeps a model, and forgets the one before.
  ///
  /// @throws ConfigException with one sentence when it cannot be written
  public void save(ServedFiles files, ServedModel model) throws ConfigException {
    Path store = home.modelsDirectory().toAbsolutePath().normalize();
    Path absolute = files.model().toAbsolutePath().normalize();
    Path kept = absolute.startsWith(store) ? store.relativize(absolute) : absolute;
    boolean isPlain =
        (model.name() + kept + files.adapter().map(AdapterFile::file).orElse(kept))
                .chars()
                .noneMatch(Character::isISOControl)
            && model.verified();
    if (!isPlain) {
      throw new ConfigException(
          "The model %s cannot be remembered, for its file was not hashed or a name has control characters."
              .formatted(model.hash().hex()));
    }
    String text =
        String.join(
            "\n",
            files.adapter().isPresent() ? ADAPTED_HEADER : HEADER,
            "sha256 " + model.hash().hex(),
            "context " + model.contextTokens(),
            "name " + model.name(),
            "file " + kept,
            adapted(files));
    home.write(home.servedModelFile(), text + "checksum " + checksum(text) + "\n");
  }

  private static String adapted(ServedFiles files) {
    return files
        .adapter()
        .map(
            adapter ->
                "base %s\nadapter %s %s\n"
                    .formatted(
                        files.sha256().hex(),
                        adapter.sha256().hex(),
                        adapter.file().toAbsolutePath().normalize()))
        .orElse("");
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
      ModelInspection inspection = ModelInspection.of(kept.files().model());
      if (inspection.sha256().equals(kept.files().sha256())) {
        return Optional.of(hasAdapter(kept) ? kept : bare(kept));
      }
      refusal =
          Optional.of(
              "The model file %s has changed since the node served it; the configured model is served."
                  .formatted(kept.files().model()));
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

  private static boolean hasAdapter(Kept kept) throws IOException {
    Optional<AdapterFile> adapter = kept.files().adapter();
    return adapter.isEmpty()
        || (Files.isRegularFile(adapter.get().file())
            && ModelDigest.sha256(adapter.get().file()).equals(adapter.get().sha256()));
  }

  /// The model without its adapter, which is not there any more; the ledger tells it again.
  private static Kept bare(Kept kept) {
    ServedFiles files = ServedFiles.plain(kept.files().model(), kept.files().sha256());
    ServedModel was = kept.model();
    return new Kept(files, new ServedModel(files.sha256(), was.name(), was.contextTokens()));
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
            && (isPlain(lines) || isAdapted(lines))
            && text.substring(end).equals("checksum " + checksum(text.substring(0, end)) + "\n");
    if (!isWhole) {
      throw new IllegalArgumentException("not whole");
    }
    ServedModel model =
        new ServedModel(
            new ModelHash(value(lines.get(1), "sha256 ")),
            value(lines.get(3), "name "),
            Integer.parseInt(value(lines.get(2), "context ")));
    Path own = path(value(lines.get(4), "file "));
    if (isPlain(lines)) {
      return new Kept(ServedFiles.plain(own, model.hash()), model);
    }
    String adapter = value(lines.get(6), "adapter ");
    ServedFiles files =
        new ServedFiles(
            own,
            new ModelHash(value(lines.get(5), "base ")),
            Optional.of(
                new AdapterFile(
                    path(adapter.substring(HASH_CHARACTERS + 1)),
                    new ModelHash(adapter.substring(0, HASH_CHARACTERS)),
                    1)));
    if (!files.identity().equals(model.hash())) {
      throw new IllegalArgumentException("not the adapter of this model");
    }
    return new Kept(files, model);
  }

  private static boolean isPlain(List<String> lines) {
    return lines.size() == LINES && lines.getFirst().equals(HEADER);
  }

  private static boolean isAdapted(List<String> lines) {
    return lines.size() == ADAPTED_LINES && lines.getFirst().equals(ADAPTED_HEADER);
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
