// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import com.google.protobuf.ByteString;
import org.peermind.protocol.wire.ServedModelPayload;

/// A model that an inferer serves while it has power.
///
/// @param name what users write into the `model` field of a request
/// @param contextTokens the longest prompt and answer together
/// @param continuation whether an answer can go on after token ids that another inferer computed
/// @param verified whether the inferer hashed the file that it uses; otherwise `hash` is that of a
///   name which its owner declares, and the model is whatever a server of the owner's makes of it
public record ServedModel(
    ModelHash hash, String name, int contextTokens, boolean continuation, boolean verified) {
  /// The name by which whatever model the network has adopted may be asked for.
  public static final String NETWORK = "peermind";

  private static final int NAME_CHARACTERS_MAX = 100;

  public ServedModel {
    if (name.isBlank() || contextTokens <= 0) {
      throw new IllegalArgumentException("a served model has a name and a positive context");
    }
  }

  /// A model whose file the inferer hashed, in an engine that can continue answers.
  public ServedModel(ModelHash hash, String name, int contextTokens) {
    this(hash, name, contextTokens, true, true);
  }

  public ServedModelPayload encode() {
    return ServedModelPayload.newBuilder()
        .setSha256(ByteString.copyFrom(hash.toBytes()))
        .setName(name)
        .setContextTokens(contextTokens)
        .setContinuation(continuation)
        .setVerified(verified)
        .build();
  }

  public static ServedModel decode(ServedModelPayload payload) throws ProtocolException {
    if (payload.getName().isBlank() || payload.getContextTokens() <= 0) {
      throw new ProtocolException("a served model has no name or no context");
    }
    return new ServedModel(
        ModelHash.ofBytes(payload.getSha256().toByteArray()),
        Payloads.text(payload.getName(), NAME_CHARACTERS_MAX, "a model name"),
        payload.getContextTokens(),
        payload.getContinuation(),
        payload.getVerified());
  }
}
