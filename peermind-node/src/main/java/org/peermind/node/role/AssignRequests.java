// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SeenEnvelopes;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.UserLease;
import org.peermind.protocol.wire.AssignRequest;
import org.peermind.protocol.wire.Envelope;
import org.peermind.referee.FreshIds;
import org.peermind.referee.RefereeInput;

/// Requests for an inferer as a referee's core takes them: in range, and with a verified lease.
final class AssignRequests {
  private static final int EXCLUDED_MAX = 32;
  private static final int MODEL_CHARACTERS_MAX = 100;
  private static final int PROMPT_BYTES_MAX = 2 * 1024 * 1024;
  private static final int TOKENS_MAX = 1_000_000;
  private static final int LEASES_MAX = 512;

  private final NetworkName network;
  private final Set<NodeId> leasesCountFrom;
  private final RandomGenerator random;

  /// Those that users are likely to show: signed here, or shown before.
  private final SeenEnvelopes leases = new SeenEnvelopes(LEASES_MAX);

  /// @param self whose own leases count too
  /// @param knownReferees other referees of the network, whose leases count
  AssignRequests(
      NetworkName network, NodeId self, Set<NodeId> knownReferees, RandomGenerator random) {
    this.network = network;
    this.random = random;
    Set<NodeId> referees = new HashSet<>(knownReferees);
    referees.add(self);
    leasesCountFrom = Set.copyOf(referees);
  }

  RefereeInput.AssignRequested decode(NodeId user, AssignRequest request) throws ProtocolException {
    if (request.getModel().length() > MODEL_CHARACTERS_MAX
        || request.getExcludedCount() > EXCLUDED_MAX
        || request.getPromptBytes() < 0
        || request.getPromptBytes() > PROMPT_BYTES_MAX
        || request.getTokensMax() < 1
        || request.getTokensMax() > TOKENS_MAX
        || request.getDeadlineMs() < 0) {
      throw new ProtocolException("a request for an inferer is out of range");
    }
    Set<NodeId> excluded = new HashSet<>();
    for (ByteString node : request.getExcludedList()) {
      excluded.add(NodeId.ofBytes(node.toByteArray()));
    }
    PlaceCell cell;
    try {
      cell = new PlaceCell(request.getPlaceCell());
    } catch (IllegalArgumentException malformed) {
      throw new ProtocolException("a request for an inferer names no place cell", malformed);
    }
    return new RefereeInput.AssignRequested(
        Id16.ofBytes(request.getRequest().toByteArray()),
        user,
        request.getModel(),
        request.getPromptBytes(),
        request.getTokensMax(),
        Duration.ofMillis(request.getDeadlineMs()),
        cell,
        excluded,
        request.getJob().isEmpty()
            ? Optional.empty()
            : Optional.of(Id16.ofBytes(request.getJob().toByteArray())),
        request.getResumes(),
        request.getPreferred().isEmpty()
            ? Optional.empty()
            : Optional.of(NodeId.ofBytes(request.getPreferred().toByteArray())),
        request.getMayQueue(),
        request.hasLease() ? lease(user, request.getLease()) : Optional.empty(),
        FreshIds.draw(random));
  }

  /// Remembers a lease that was signed here, because its user will show it with its next request.
  void issued(SignedEnvelope lease) {
    leases.keep(lease);
  }

  /// A lease of another user, another network or a referee that nobody here knows is no lease; the
  /// request counts without it, since its user may have it from a referee that has left.
  private Optional<RefereeInput.Lease> lease(NodeId user, Envelope wire) throws ProtocolException {
    SignedEnvelope envelope = leases.of(wire);
    if (!leasesCountFrom.contains(envelope.signer())) {
      return Optional.empty();
    }
    UserLease lease = UserLease.open(envelope);
    leases.keep(envelope);
    return lease.user().equals(user) && lease.network().equals(network)
        ? Optional.of(new RefereeInput.Lease(lease.inferer(), lease.until()))
        : Optional.empty();
  }
}
