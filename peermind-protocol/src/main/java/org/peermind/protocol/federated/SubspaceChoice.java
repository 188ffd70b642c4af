// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import java.util.List;
import java.util.regex.Pattern;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Fields;
import org.peermind.protocol.wire.SubspacePayload;

/// Which coordinates of the model a round trains: the B halves of low-rank matrices whose A halves
/// everybody draws from one seed.
///
/// @param seed of the A halves
/// @param rank of every matrix
/// @param kinds of tensors, such as `attn_q`: `blk.N.attn_q.weight` of every block
/// @param length number of coordinates
public record SubspaceChoice(Digest seed, int rank, List<String> kinds, int length) {
  /// Largest rank.
  public static final int RANK_MAX = 256;

  /// Most coordinates: an update of them has 64 MiB.
  public static final int LENGTH_MAX = 1 << 24;

  private static final int KINDS_MAX = 16;
  private static final Pattern KIND = Pattern.compile("[a-z][a-z0-9_]{0,31}");

  public SubspaceChoice {
    kinds = List.copyOf(kinds);
    Fields.within(rank, 1, RANK_MAX, "the rank");
    Fields.within(kinds.size(), 1, KINDS_MAX, "the number of kinds of tensors");
    Fields.check(kinds.stream().distinct().count() == kinds.size(), "a kind is named twice");
    kinds.forEach(
        kind -> Fields.check(KIND.matcher(kind).matches(), "a kind of tensor is malformed"));
    Fields.within(length, 1, LENGTH_MAX, "the number of coordinates");
  }

  SubspacePayload encode() {
    return SubspacePayload.newBuilder()
        .setSeed(Fields.bytes(seed))
        .setRank(rank)
        .addAllKinds(kinds)
        .setLength(length)
        .build();
  }

  static SubspaceChoice decode(SubspacePayload payload) throws ProtocolException {
    return new SubspaceChoice(
        Fields.digest(payload.getSeed()),
        payload.getRank(),
        payload.getKindsList(),
        payload.getLength());
  }
}
