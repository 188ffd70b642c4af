// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Fields;
import org.peermind.protocol.wire.CheckpointPayload;

/// What a round that passed left behind, and the next begins with.
///
/// @param round that made it
/// @param state SHA-256 of the outer optimiser's state
/// @param adapter SHA-256 of the adapter file
public record AdapterCheckpoint(Digest round, Digest state, Digest adapter) {
  CheckpointPayload encode() {
    return CheckpointPayload.newBuilder()
        .setRound(Fields.bytes(round))
        .setState(Fields.bytes(state))
        .setAdapter(Fields.bytes(adapter))
        .build();
  }

  static AdapterCheckpoint decode(CheckpointPayload payload) throws ProtocolException {
    return new AdapterCheckpoint(
        Fields.digest(payload.getRound()),
        Fields.digest(payload.getState()),
        Fields.digest(payload.getAdapter()));
  }
}
