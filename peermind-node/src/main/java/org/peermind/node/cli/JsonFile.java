// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// A JSON object in a file that somebody else wrote, for the commands that check what others say.
final class JsonFile {
  private static final int DEPTH_MAX = 32;
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  static {
    JSON.getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build());
  }

  private JsonFile() {}

  /// Reads the object.
  ///
  /// @param bytesMax what the file may be long
  /// @throws CommandFailed with one sentence when there is none
  static JsonNode object(Path path, int bytesMax) throws CommandFailed {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(path)) {
      bytes = in.readNBytes(bytesMax + 1);
    } catch (NoSuchFileException missing) {
      throw new CommandFailed(ExitCode.FAILED, path + " is not there; check the path.", missing);
    } catch (IOException unreadable) {
      throw new CommandFailed(ExitCode.FAILED, path + " cannot be read.", unreadable);
    }
    if (bytes.length > bytesMax) {
      throw new CommandFailed(
          ExitCode.FAILED, "%s is longer than %,d bytes.".formatted(path, bytesMax));
    }
    JsonNode node;
    try {
      node = JSON.readTree(bytes);
    } catch (JsonProcessingException malformed) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "%s is not JSON: %s (line %d)."
              .formatted(
                  path,
                  firstLine(malformed.getOriginalMessage()),
                  malformed.getLocation() == null ? 0 : malformed.getLocation().getLineNr()),
          malformed);
    } catch (IOException impossible) {
      throw new CommandFailed(ExitCode.FAILED, path + " cannot be read.", impossible);
    }
    if (node == null || !node.isObject()) {
      throw new CommandFailed(ExitCode.FAILED, path + " does not hold a JSON object.");
    }
    return node;
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("it cannot be read");
  }
}
