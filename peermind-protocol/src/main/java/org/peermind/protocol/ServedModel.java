// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import com.google.protobuf.ByteString;
import org.peermind.protocol.wire.ServedModelPayload;

/// A model that an inferer serves while it has power.
///
/// @param name what users write into the `model` field of a request
/// @param contextTokens the longest prompt and answer together
public record ServedModel(ModelHash hash, String name, int contextTokens) {
  private static final int NAME_CHARACTERS_MAX = 100;

  public ServedModel {
    if (name.isBlank() || contextTokens <= 0) {
      throw new IllegalArgumentException("a served model has a name and a positive context");
    }
  }

  public ServedModelPayload encode() {
    return ServedModelPayload.newBuilder()
        .setSha256(ByteString.copyFrom(hash.toBytes()))
        .setName(name)
        .setContextTokens(contextTokens)
        .build();
  }

  public static ServedModel decode(ServedModelPayload payload) throws ProtocolException {
    if (payload.getName().isBlank() || payload.getContextTokens() <= 0) {
      throw new ProtocolException("a served model has no name or no context");
    }
    return new ServedModel(
        ModelHash.ofBytes(payload.getSha256().toByteArray()),
        Payloads.text(payload.getName(), NAME_CHARACTERS_MAX, "a model name"),
        payload.getContextTokens());
  }
}
