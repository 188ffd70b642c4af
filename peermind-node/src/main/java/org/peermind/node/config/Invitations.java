// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.config;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.protocol.Invitation;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;

/// The invitations that a node joined with, one line of its file each; of one referee only the last
/// one.
public final class Invitations {
  /// Lines that are kept; the newest count.
  private static final int LINES_MAX = 16;

  private final List<String> lines;
  private final List<SignedEnvelope> envelopes;

  private Invitations(List<String> lines, List<SignedEnvelope> envelopes) {
    this.lines = List.copyOf(lines);
    this.envelopes = List.copyOf(envelopes);
  }

  /// @throws ConfigException when the file is damaged
  public static Invitations read(NodeHome home) throws ConfigException {
    List<String> lines = new ArrayList<>();
    List<SignedEnvelope> envelopes = new ArrayList<>();
    if (!Files.exists(home.invitationFile())) {
      return new Invitations(lines, envelopes);
    }
    try {
      for (String line : Files.readAllLines(home.invitationFile())) {
        if (!line.isBlank()) {
          envelopes.add(Invitation.ofLine(line));
          lines.add(line.strip());
        }
      }
    } catch (IOException | ProtocolException damaged) {
      throw new ConfigException(
          home.invitationFile() + " is damaged; remove it and run `peermind join` again.", damaged);
    }
    return new Invitations(lines, envelopes);
  }

  /// Adds a line that was just read, in place of an older one of the same referee.
  public void add(NodeHome home, String line, SignedEnvelope envelope) throws ConfigException {
    List<String> kept = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (!envelopes.get(i).signer().equals(envelope.signer())) {
        kept.add(lines.get(i));
      }
    }
    kept.add(line.strip());
    List<String> newest = kept.subList(Math.max(0, kept.size() - LINES_MAX), kept.size());
    home.write(home.invitationFile(), String.join("\n", newest) + "\n");
  }

  /// The one to show to this referee: its own, or else one that names it, or else the last.
  public Optional<SignedEnvelope> forReferee(NodeId referee) {
    Optional<SignedEnvelope> naming = Optional.empty();
    for (SignedEnvelope envelope : envelopes) {
      if (envelope.signer().equals(referee)) {
        return Optional.of(envelope);
      }
      if (names(envelope, referee)) {
        naming = Optional.of(envelope);
      }
    }
    return naming.isPresent() || envelopes.isEmpty() ? naming : Optional.of(envelopes.getLast());
  }

  private static boolean names(SignedEnvelope envelope, NodeId referee) {
    try {
      return Invitation.open(envelope, Instant.EPOCH).others().stream()
          .anyMatch(other -> other.referee().equals(referee));
    } catch (ProtocolException unreadable) {
      return false;
    }
  }
}
