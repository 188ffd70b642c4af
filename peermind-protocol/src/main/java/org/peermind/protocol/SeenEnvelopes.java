// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import java.util.LinkedHashMap;
import org.peermind.protocol.wire.Envelope;

/// Envelopes whose signatures were verified here, so that one that comes with every question (an
/// inferer's record, a user's lease) costs one verification and not one each time. An envelope is
/// recognised by all of its bytes, signature and key included. Bounded; safe for use by several
/// threads.
public final class SeenEnvelopes {
  private final int envelopesMax;
  private final LinkedHashMap<Envelope, SignedEnvelope> seen = new LinkedHashMap<>();

  /// @param envelopesMax how many are remembered; those kept or met last count
  public SeenEnvelopes(int envelopesMax) {
    if (envelopesMax < 1) {
      throw new IllegalArgumentException("at least one envelope is remembered");
    }
    this.envelopesMax = envelopesMax;
  }

  /// Takes an envelope as [SignedEnvelope#of(Envelope)] does; a remembered one is not verified
  /// again.
  public synchronized SignedEnvelope of(Envelope wire) throws ProtocolException {
    SignedEnvelope known = seen.remove(wire);
    if (known == null) {
      return SignedEnvelope.of(wire);
    }
    seen.put(wire, known);
    return known;
  }

  /// Remembers an envelope that this node signed itself, or whose payload it has read. Others are
  /// not remembered, so that nobody can push out what is good.
  public synchronized void keep(SignedEnvelope envelope) {
    if (!envelope.isVerified()) {
      return;
    }
    seen.remove(envelope.wire());
    seen.put(envelope.wire(), envelope);
    if (seen.size() > envelopesMax) {
      seen.pollFirstEntry();
    }
  }
}
