// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.peermind.ledger.LedgerException;
import org.peermind.node.api.OwnerPage;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import org.peermind.node.governance.HealthDesk;
import org.peermind.node.governance.HolderDesk;
import org.peermind.node.governance.LedgerBeginning;
import org.peermind.node.governance.LedgerDesk;
import org.peermind.node.governance.LedgerPages;
import org.peermind.node.governance.NodeLedger;
import org.peermind.node.governance.Scribe;
import org.peermind.node.role.RefereeRole;
import org.peermind.node.role.RefereeSet;
import org.peermind.node.transport.Scheduler;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.telemetry.EventLog;

/// Wires a node's ledger and what it does about votes and adopted models.
final class GovernanceAssembly {
  private final NodeLedger ledger;
  private final NetworkName network;
  private final IdentityKey identity;
  private final EventLog events;
  private final RunningNode node;
  private Optional<RefereeRole> referee = Optional.empty();

  private GovernanceAssembly(
      NodeLedger ledger,
      NetworkName network,
      IdentityKey identity,
      EventLog events,
      RunningNode node) {
    this.ledger = ledger;
    this.network = network;
    this.identity = identity;
    this.events = events;
    this.node = node;
  }

  /// Opens the node's ledger.
  ///
  /// @throws ConfigException with one sentence when its files are damaged or cannot be read
  static GovernanceAssembly open(
      NodeHome home,
      NodeConfig config,
      IdentityKey identity,
      InstantSource clock,
      EventLog events,
      RunningNode node)
      throws ConfigException {
    try {
      NodeLedger ledger =
          NodeLedger.open(
              home.ledgerDirectory(),
              config.network(),
              identity,
              () -> writers(config),
              clock,
              events);
      node.onClose(() -> close(ledger));
      return new GovernanceAssembly(ledger, config.network(), identity, events, node);
    } catch (IOException unusable) {
      throw new ConfigException(
          "The ledger in %s cannot be used: %s."
              .formatted(home.ledgerDirectory(), unusable.getMessage()),
          unusable);
    } catch (LedgerException damaged) {
      throw new ConfigException(
          "The ledger in %s is damaged: %s. To fetch it anew, move that folder away."
              .formatted(home.ledgerDirectory(), damaged.getMessage()),
          damaged);
    }
  }

  /// Whose ledger this node follows: only referees that its owner wrote down or was invited by.
  private static Set<NodeId> writers(NodeConfig config) {
    Set<NodeId> known = new HashSet<>();
    config.referees().forEach(referee -> known.add(referee.node()));
    return known;
  }

  private static void close(NodeLedger ledger) {
    try {
      ledger.close();
    } catch (IOException _) {
      // Acknowledged entries are on the disk already; there is nobody left to tell.
    }
  }

  NodeLedger ledger() {
    return ledger;
  }

  /// Has a referee tell of the ledger, take records in, and do what the ledger says.
  void serve(RefereeRole referee, Scheduler scheduler) {
    this.referee = Optional.of(referee);
    HealthDesk health = new HealthDesk(network, ledger);
    referee.add(new LedgerDesk(ledger, ledger::pass, scheduler));
    referee.add(new HolderDesk(new SecureRandom()));
    referee.add(health);
    Scribe scribe = new Scribe(ledger, health, identity, referee::networkModel, events);
    node.onClose(scribe::close);
    scribe.start();
  }

  /// Has the node follow the ledger of its referees.
  void follow(RefereeSet referees) {
    referees.add(ledger);
  }

  /// What the owner can look at and steer of it over the API.
  List<OwnerPage> pages() {
    List<OwnerPage> pages = new ArrayList<>(new LedgerPages(ledger).pages());
    pages.add(
        referee
            .map(own -> new LedgerBeginning(network, ledger, own::lastSnapshot).page())
            .orElseGet(LedgerBeginning::refusedPage));
    return pages;
  }
}
