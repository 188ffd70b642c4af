// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.peermind.protocol.ModelHash;

/// The facts that `peermind model inspect FILE` prints. `contextTokens` and `vocabularySize` count
/// tokens, `fileBytes` bytes.
public record ModelInspection(
    Path file,
    ModelHash sha256,
    String name,
    String architecture,
    BigInteger parameters,
    TensorType quantization,
    long contextTokens,
    int vocabularySize,
    int tensors,
    Optional<String> chatTemplate,
    long fileBytes) {
  private static final int TEMPLATE_SHOWN_CHARS = 60;

  /// Checks the file, hashes it and gathers its facts.
  ///
  /// @throws GgufException with one sentence, when the file is not an acceptable model
  public static ModelInspection of(Path file) throws GgufException {
    GgufFile gguf = GgufReader.read(file);
    try {
      return new ModelInspection(
          file,
          ModelDigest.sha256(file),
          gguf.name(),
          gguf.architecture(),
          gguf.parameterCount(),
          gguf.quantization(),
          gguf.contextTokens(),
          gguf.vocabularySize(),
          gguf.tensors().size(),
          gguf.chatTemplate(),
          gguf.fileBytes());
    } catch (IOException e) {
      throw new GgufException(
          "The model file " + file + " cannot be read: " + e.getMessage() + ".");
    }
  }

  /// The facts as lines for a person, without control characters from the file.
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(line("file", file.toString()));
    lines.add(line("sha256", sha256.hex()));
    lines.add(line("name", name));
    lines.add(line("architecture", architecture));
    lines.add(line("parameters", String.format(Locale.ROOT, "%,d", parameters)));
    lines.add(line("quantization", quantization.name()));
    lines.add(line("context", String.format(Locale.ROOT, "%,d tokens", contextTokens)));
    lines.add(line("vocabulary", String.format(Locale.ROOT, "%,d tokens", vocabularySize)));
    lines.add(line("tensors", String.format(Locale.ROOT, "%,d", tensors)));
    lines.add(line("chat template", chatTemplate.map(ModelInspection::shortened).orElse("none")));
    lines.add(line("size", String.format(Locale.ROOT, "%,d bytes", fileBytes)));
    return List.copyOf(lines);
  }

  private static String line(String label, String value) {
    return String.format(Locale.ROOT, "%-14s %s", label, value.replaceAll("\\p{Cntrl}", " "));
  }

  private static String shortened(String template) {
    return template.length() <= TEMPLATE_SHOWN_CHARS
        ? template
        : template.substring(0, TEMPLATE_SHOWN_CHARS) + "...";
  }
}
