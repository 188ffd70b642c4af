// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import java.util.Optional;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.UpdateCheckpointPayload;

/// Which adapter the network's model runs with from now on: after a federated round that passed its
/// gate, or back to an earlier one when the new one fares badly (spec section 5, "federated updates
/// evolve the model").
///
/// @param number of the round that made the adapter; of the one undone, when it goes back
/// @param base the model in use
/// @param former SHA-256 of the adapter before; empty for none
/// @param adapter SHA-256 of the adapter's file; empty for the bare model
/// @param adapterBytes its size; 0 for the bare model
/// @param transcript last digest of the round's transcript
/// @param reason for people
public record UpdateCheckpoint(
    Digest genesis,
    long number,
    ModelHash base,
    Optional<Digest> former,
    Optional<Digest> adapter,
    long adapterBytes,
    Digest transcript,
    String reason)
    implements GovernanceRecord {
  static final String TYPE = "update-checkpoint";

  /// Largest adapter, in bytes.
  public static final long ADAPTER_BYTES_MAX = 256L << 20;

  public UpdateCheckpoint {
    Fields.within(number, 1, Long.MAX_VALUE, "the number of a round");
    Fields.check(!former.equals(adapter), "an adapter does not replace itself");
    Fields.within(
        adapterBytes,
        adapter.isPresent() ? 1 : 0,
        adapter.isPresent() ? ADAPTER_BYTES_MAX : 0,
        "the size of the adapter");
    Fields.text(reason, Fields.SENTENCE_CHARACTERS_MAX, "the reason");
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    return SignedEnvelope.seal(key, TYPE, payload().toByteArray());
  }

  UpdateCheckpointPayload payload() {
    UpdateCheckpointPayload.Builder payload =
        UpdateCheckpointPayload.newBuilder()
            .setGenesis(Fields.bytes(genesis))
            .setNumber(number)
            .setBase(Fields.bytes(base))
            .setAdapterBytes(adapterBytes)
            .setTranscript(Fields.bytes(transcript))
            .setReason(reason);
    former.ifPresent(before -> payload.setFormer(Fields.bytes(before)));
    adapter.ifPresent(file -> payload.setAdapter(Fields.bytes(file)));
    return payload.build();
  }

  /// Verifies and reads the record.
  public static UpdateCheckpoint open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(
        envelope, TYPE, UpdateCheckpointPayload.parser(), UpdateCheckpoint::decode);
  }

  static UpdateCheckpoint decode(UpdateCheckpointPayload payload) throws ProtocolException {
    return new UpdateCheckpoint(
        Fields.digest(payload.getGenesis()),
        payload.getNumber(),
        Fields.model(payload.getBase()),
        Fields.digestIfAny(payload.getFormer()),
        Fields.digestIfAny(payload.getAdapter()),
        payload.getAdapterBytes(),
        Fields.digest(payload.getTranscript()),
        payload.getReason());
  }
}
