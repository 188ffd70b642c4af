// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.ModelStoreException;
import org.peermind.model.StoredModel;
import org.peermind.model.blob.BlobManifest;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Proposal;

/// What a proposal says of a model's file.
final class CandidateFile {
  private static final int WORD_CHARACTERS_MAX = 64;

  private CandidateFile() {}

  /// @param licence an SPDX name; empty takes the file's own word for it
  /// @throws ModelStoreException when the file says no licence and none was given
  static Proposal.Candidate of(StoredModel model, BlobManifest manifest, Optional<String> licence)
      throws ModelStoreException {
    GgufFile gguf;
    try {
      gguf = GgufReader.read(model.file());
    } catch (GgufException damaged) {
      throw new ModelStoreException(String.valueOf(damaged.getMessage()), damaged);
    }
    Optional<String> stated = licence.or(() -> gguf.text("general.license"));
    if (stated.isEmpty()) {
      throw new ModelStoreException(
          "The file of %s names no licence; give its SPDX name with --licence."
              .formatted(model.name()));
    }
    return new Proposal.Candidate(
        word(model.name().isBlank() ? model.sha256().shortText() : model.name()),
        word(gguf.architecture()),
        word(stated.get()),
        model.sha256(),
        model.bytes(),
        new Digest(manifest.name().root().hex()),
        templateDigest(gguf),
        tokenizerDigest(gguf),
        model.quantization().name(),
        (int) Math.min(gguf.contextTokens(), 1 << 24));
  }

  /// A name as clients may ask for it.
  private static String word(String text) {
    String slug = text.replaceAll("[^A-Za-z0-9._:+-]+", "-").replaceAll("^-+|-+$", "");
    return slug.isEmpty()
        ? "unnamed"
        : slug.substring(0, Math.min(slug.length(), WORD_CHARACTERS_MAX));
  }

  /// The SHA-256 of the chat template's text; of nothing when there is none.
  static Digest templateDigest(GgufFile gguf) {
    return Digest.over(gguf.chatTemplate().orElse("").getBytes(StandardCharsets.UTF_8));
  }

  static Digest tokenizerDigest(GgufFile gguf) {
    return new Digest(HexFormat.of().formatHex(gguf.tokenizerSha256()));
  }
}
