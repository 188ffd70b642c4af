// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.peermind.federated.round.Round;
import org.peermind.federated.round.Transcripts;
import org.peermind.protocol.SignedEnvelope;

/// One round and its transcript on the disk: a message counts once it is forced there, and at a
/// member, whose transcript is a copy, once it is written. Safe for use by several threads.
final class RoundLog implements AutoCloseable {
  private final TranscriptFile file;
  private volatile Round round;

  private RoundLog(TranscriptFile file, Round round) {
    this.file = file;
    this.round = round;
  }

  /// Begins a round with its descriptor, or goes on with what the file has of it.
  ///
  /// @throws IOException when the file holds what no round says, or another round
  static RoundLog begin(Path path, SignedEnvelope opening) throws IOException {
    return begin(path, opening, TranscriptFile.open(path));
  }

  /// Likewise at a member.
  static RoundLog beginCopy(Path path, SignedEnvelope opening) throws IOException {
    return begin(path, opening, TranscriptFile.openCopy(path));
  }

  private static RoundLog begin(Path path, SignedEnvelope opening, TranscriptFile file)
      throws IOException {
    try {
      Round round = accepted(path, Round.begin(opening));
      if (file.messages().isEmpty()) {
        file.append(opening);
        return new RoundLog(file, round);
      }
      Round before = accepted(path, Transcripts.replay(file.messages()));
      if (!before.id().equals(round.id())) {
        throw new IOException("the transcript " + path + " is of another round");
      }
      return new RoundLog(file, before);
    } catch (IOException broken) {
      file.close();
      if (file.messages().isEmpty()) {
        Files.deleteIfExists(path); // a full disk: it never began
      }
      throw broken;
    }
  }

  /// Goes on with what is on the disk; empty when not even the descriptor is there.
  ///
  /// @throws IOException when the file holds what no round says
  static Optional<RoundLog> resume(Path path) throws IOException {
    TranscriptFile file = TranscriptFile.open(path);
    List<SignedEnvelope> messages = file.messages();
    if (messages.isEmpty()) {
      file.close();
      return Optional.empty();
    }
    try {
      return Optional.of(new RoundLog(file, accepted(path, Transcripts.replay(messages))));
    } catch (IOException broken) {
      file.close();
      throw broken;
    }
  }

  private static Round accepted(Path path, Round.Outcome outcome) throws IOException {
    return switch (outcome) {
      case Round.Outcome.Accepted(Round round) -> round;
      case Round.Outcome.Refused(String sentence, var _) ->
          throw new IOException(
              "the transcript %s is damaged; put a good copy of it there, or move it away. %s"
                  .formatted(path, sentence));
    };
  }

  Round round() {
    return round;
  }

  /// Takes a message, if it belongs.
  ///
  /// @throws IOException when it belongs and could not be written; the round is as before
  synchronized Round.Outcome take(SignedEnvelope message) throws IOException {
    // Fields that this version does not know are part of an envelope's bytes, whatever its payload.
    if (message.wire().getSerializedSize() > TranscriptFile.MESSAGE_BYTES_MAX) {
      return new Round.Outcome.Refused("The message is larger than allowed.", Optional.empty());
    }
    Round.Outcome outcome = round.after(message);
    if (outcome instanceof Round.Outcome.Accepted(Round next)) {
      file.append(message);
      round = next;
    }
    return outcome;
  }

  @Override
  public synchronized void close() throws IOException {
    file.close();
  }
}
