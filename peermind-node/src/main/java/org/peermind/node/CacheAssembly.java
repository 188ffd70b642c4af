// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import org.peermind.node.query.AnswerCache;
import org.peermind.node.query.Answers;
import org.peermind.node.query.CachedAnswers;
import org.peermind.node.role.QuestionMessage;
import org.peermind.protocol.IdentityKey;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.Word;

/// Wires the cache of a user's own answers.
final class CacheAssembly {
  private CacheAssembly() {}

  /// The owner's own answers from the disk where they are kept.
  ///
  /// @throws ConfigException with one sentence when the folder cannot be written
  static Answers cached(
      Answers answers,
      NodeHome home,
      NodeConfig config,
      IdentityKey identity,
      InstantSource clock,
      SecureRandom random,
      EventLog events)
      throws ConfigException {
    if (config.cache().isEmpty()) {
      return answers;
    }
    try {
      AnswerCache cache =
          new AnswerCache(
              home.cacheDirectory(),
              identity.toSecretText().getBytes(StandardCharsets.US_ASCII),
              config.cache().get().bytesMax(),
              config.cache().get().keep(),
              random);
      return new CachedAnswers(
          answers,
          cache,
          QuestionMessage::form,
          clock,
          failure ->
              events.record(
                  new NodeEvent.AnswerNotKept(Word.near(failure.getClass().getSimpleName()))));
    } catch (IOException unwritable) {
      throw new ConfigException(
          "The cache's folder %s cannot be written; set cache.enabled to false or free the disk."
              .formatted(home.cacheDirectory()),
          unwritable);
    }
  }
}
