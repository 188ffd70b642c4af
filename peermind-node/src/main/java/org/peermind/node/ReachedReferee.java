// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.node.config.NodeHome;
import org.peermind.node.role.RefereeAttachment;
import org.peermind.node.transport.GrpcTransport;
import org.peermind.node.transport.SystemScheduler;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.TransportIdentity;

/// Whether a referee of a configuration can be attached to, tried once for `peermind doctor`.
///
/// @param failure one sentence; empty when the referee admitted the node
/// @param clockSkew how far this machine's clock is ahead of the referee's
public record ReachedReferee(Optional<String> failure, Duration clockSkew) {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /// Attaches with the node's identity and detaches again. A running node with the same identity is
  /// detached by this and attaches again by itself.
  public static ReachedReferee tryOnce(NodeHome home, NodeConfig config, KnownReferee referee)
      throws ConfigException, InterruptedException {
    BlockingQueue<Optional<String>> outcome = new LinkedBlockingQueue<>();
    InstantSource clock = NodeClock.ofProcess();
    OwnNode own = OwnNode.of(home, config, clock);
    SecureRandom random = new SecureRandom();
    try (SystemScheduler scheduler = new SystemScheduler("timer");
        GrpcTransport transport =
            own.transport(
                TransportIdentity.generate(own.identity(), clock.instant(), random),
                clock,
                random,
                scheduler);
        RefereeAttachment attachment =
            new RefereeAttachment(
                referee,
                own,
                own.invitationFor(referee.node()),
                clock,
                scheduler,
                new Trial(outcome))) {
      attachment.start(transport);
      Optional<String> failure = outcome.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      return failure == null
          ? new ReachedReferee(
              Optional.of("no answer within " + PATIENCE.toSeconds() + " s"), Duration.ZERO)
          : new ReachedReferee(failure, attachment.clockSkew());
    }
  }

  private record Trial(BlockingQueue<Optional<String>> outcome)
      implements RefereeAttachment.AttachmentWatch {
    @Override
    public void attached(NodeId referee, Duration took) {
      outcome.add(Optional.empty());
    }

    @Override
    public void detached(NodeId referee, String reason) {
      outcome.add(Optional.of(reason));
    }

    @Override
    public void failedTry(NodeId referee, String reason) {
      outcome.add(Optional.of(reason));
    }

    @Override
    public void clockSkewed(NodeId referee, Duration ahead) {}
  }
}
