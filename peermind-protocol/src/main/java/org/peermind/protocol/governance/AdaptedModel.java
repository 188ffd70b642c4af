// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.peermind.protocol.ModelHash;

/// The name of a model together with the adapter that it is served with. A question is assigned,
/// continued and cached under this name, so that nothing of one adapter is ever taken for
/// another's.
public final class AdaptedModel {
  private static final byte[] DOMAIN =
      "peermind/v1/adapted-model\0".getBytes(StandardCharsets.UTF_8);

  private AdaptedModel() {}

  /// The model's own hash without an adapter; with one, `SHA-256(domain || model || adapter)`.
  public static ModelHash identity(ModelHash base, Optional<Digest> adapter) {
    return adapter
        .map(one -> new ModelHash(Digest.over(DOMAIN, base.toBytes(), one.toBytes()).hex()))
        .orElse(base);
  }
}
