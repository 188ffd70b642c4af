// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.TrafficShare;
import org.peermind.protocol.governance.AdaptedModel;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateCheckpoint;

/// How the network changes to the federated update that its ledger took last: nodes one after the
/// other, while the others answer with what they have, and watched for a while. After an update was
/// undone all go back at once. Everybody computes the same from the ledger.
///
/// @param checkpoint the newest record
/// @param isUndoing whether it goes back to an earlier adapter
/// @param since when the ledger took it
/// @param spread over which nodes change
/// @param watched how long inferers tell how they do
public record UpdateRollout(
    UpdateCheckpoint checkpoint,
    boolean isUndoing,
    Instant since,
    Duration spread,
    Duration watched) {
  /// Windows of the health watch over which nodes change.
  private static final int SPREAD_WINDOWS = 2;

  /// Windows in which an update is watched: the node that changes last has six of its own.
  private static final int WATCHED_WINDOWS = 8;

  private static final int SHARES = 8;
  private static final int ALL_PERMILLE = 1_000;

  /// The newest change of what runs with the model in use; empty when there was none.
  static Optional<UpdateRollout> of(Governance.State state) {
    Duration window = HealthWatch.window(state.rules().rules());
    return state
        .checkpoints()
        .changeOf(state.incumbent())
        .map(
            change ->
                new UpdateRollout(
                    change.record(),
                    state.checkpoints().isUndoing(change),
                    change.at(),
                    window.multipliedBy(SPREAD_WINDOWS),
                    window.multipliedBy(WATCHED_WINDOWS)));
  }

  /// When a node changes.
  public Instant turnOf(NodeId node) {
    if (isUndoing || checkpoint.adapter().isEmpty()) {
      return since;
    }
    byte[] drawn = Digest.over(checkpoint.adapter().get().toBytes(), node.toBytes()).toBytes();
    long part = Integer.toUnsignedLong(ByteBuffer.wrap(drawn).getInt());
    return since.plusMillis((spread.toMillis() * part) >>> Integer.SIZE);
  }

  /// The adapter that a node serves the model in use with at `now`; empty for the bare model.
  public Optional<Digest> adapterOf(NodeId node, Instant now) {
    return now.isBefore(turnOf(node)) ? checkpoint.former() : checkpoint.adapter();
  }

  /// The name of the model with its newest adapter.
  public ModelHash identity() {
    return AdaptedModel.identity(checkpoint.base(), checkpoint.adapter());
  }

  /// The name of what was served before.
  public ModelHash former() {
    return AdaptedModel.identity(checkpoint.base(), checkpoint.former());
  }

  /// Whether nodes still change at `now`, each at its turn.
  public boolean isSpreading(Instant now) {
    return !isUndoing && now.isBefore(since.plus(spread));
  }

  /// Whether the update may still be undone for how it does.
  public boolean isWatched(Instant now) {
    return !isUndoing && now.isBefore(since.plus(watched));
  }

  /// Which questions go to the update first at `now`: as large a share as that of the nodes whose
  /// turn has come, in steps of an eighth.
  public TrafficShare share(Instant now) {
    long passed = Math.max(0, Duration.between(since, now).toMillis());
    long eighths = isSpreading(now) ? SHARES * passed / Math.max(1, spread.toMillis()) : SHARES;
    return new TrafficShare(
        checkpoint.transcript(), (int) Math.min(SHARES, eighths) * ALL_PERMILLE / SHARES);
  }
}
