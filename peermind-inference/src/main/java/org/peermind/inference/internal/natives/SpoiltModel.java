// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.GgufTensor;
import org.peermind.model.GgufValue;

/// Makes a copy of a model that is sound but for one token, whose embedding is no number: the file
/// passes every check and answers well until a text has that token. With it the tests see what an
/// inferer and a network do about a sabotaged model.
public final class SpoiltModel {
  private static final String EMBEDDINGS = "token_embd.weight";

  private SpoiltModel() {}

  /// Writes `to` anew.
  ///
  /// @param token as the vocabulary spells it, where `▁` is a space
  /// @throws IllegalArgumentException when the vocabulary has no such token, or its embedding is
  ///   not kept in plain floating-point numbers
  public static void write(Path sound, String token, Path to) throws IOException, GgufException {
    GgufFile model = GgufReader.read(sound);
    int row =
        model
            .array("tokenizer.ggml.tokens")
            .map(GgufValue.Array::strings)
            .map(tokens -> tokens.indexOf(token))
            .orElse(-1);
    GgufTensor embeddings =
        model.tensors().stream()
            .filter(tensor -> tensor.name().equals(EMBEDDINGS))
            .findFirst()
            .orElseThrow();
    if (row < 0) {
      throw new IllegalArgumentException("The vocabulary has no token " + token);
    }
    byte[] noNumber =
        switch (embeddings.type()) {
          case F32 -> new byte[] {0, 0, (byte) 0xc0, 0x7f};
          case F16 -> new byte[] {0, 0x7e};
          case BF16 -> new byte[] {(byte) 0xc0, 0x7f};
          default -> throw new IllegalArgumentException("The embeddings are not plain numbers");
        };
    Files.copy(sound, to, StandardCopyOption.REPLACE_EXISTING);
    long width = embeddings.dimensions().getFirst();
    try (RandomAccessFile out = new RandomAccessFile(to.toFile(), "rw")) {
      out.seek(embeddings.offset() + row * width * noNumber.length);
      for (long i = 0; i < width; i++) {
        out.write(noNumber);
      }
    }
  }
}
