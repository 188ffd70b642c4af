// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.peermind.protocol.ModelHash;

/// A server of the owner's that runs a model for this node (design section 12).
///
/// @param kind empty means that the server is asked what it is
/// @param url with scheme, host and port; a path only when the API is not at the root
/// @param model the name that the server knows it by
/// @param allowRemote whether the host may be outside the local network: prompts then leave it
/// @param startCommand program and arguments that start the server, or empty; no shell reads them
/// @param stopCommand program and arguments that unload the model or end the server, or empty
public record ExternalServer(
    Optional<ServerKind> kind,
    URI url,
    String model,
    Optional<ApiKey> key,
    boolean allowRemote,
    List<String> startCommand,
    List<String> stopCommand) {
  public static final int MODEL_CHARACTERS_MAX = 100;
  private static final int COMMAND_WORDS_MAX = 128;

  /// @throws IllegalArgumentException with one sentence when a part cannot be right
  public ExternalServer {
    startCommand = List.copyOf(startCommand);
    stopCommand = List.copyOf(stopCommand);
    String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
    if ((!scheme.equals("http") && !scheme.equals("https")) || url.getHost() == null) {
      throw new IllegalArgumentException(
          "The server's address is to be like http://127.0.0.1:11434");
    }
    if (url.getRawUserInfo() != null || url.getRawQuery() != null || url.getRawFragment() != null) {
      throw new IllegalArgumentException(
          "The server's address is to have no user, query or fragment; a key has its own setting");
    }
    if (model.isBlank() || model.length() > MODEL_CHARACTERS_MAX) {
      throw new IllegalArgumentException(
          "The model's name at the server is to have 1 to %d characters"
              .formatted(MODEL_CHARACTERS_MAX));
    }
    if (startCommand.size() > COMMAND_WORDS_MAX || stopCommand.size() > COMMAND_WORDS_MAX) {
      throw new IllegalArgumentException(
          "A command is to have at most %d words".formatted(COMMAND_WORDS_MAX));
    }
  }

  /// Leaves the commands out: their arguments may hold keys.
  @Override
  public String toString() {
    return "ExternalServer[%s, %s, %s]"
        .formatted(kind.map(ServerKind::text).orElse("auto"), url, model);
  }

  /// Names the model as its owner declares it: nobody can check which file the server uses, so this
  /// is the hash of the name and never that of a file.
  public ModelHash declaredHash() {
    byte[] name = ("external:" + model).getBytes(StandardCharsets.UTF_8);
    try {
      return new ModelHash(
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(name)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every JDK has SHA-256", impossible);
    }
  }
}
