// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.peermind.ledger.LedgerReader;
import org.peermind.node.blobs.FetchNotice;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeHome;
import org.peermind.node.role.ModelSwitch;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Genesis;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Rules;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.telemetry.EventLog;
import org.peermind.voting.Governance;
import org.peermind.voting.Witnessed;

/// A ledger in memory whose writer a test speaks for, and the steward of one inferer that follows
/// it.
public final class FollowedLedger implements NetworkLedger, AutoCloseable {
  private static final SecureRandom SECRETS = new SecureRandom();

  private final IdentityKey writer = IdentityKey.generate(SECRETS);
  private final IdentityKey node = IdentityKey.generate(SECRETS);
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final InstantSource clock;
  private final ModelHash base;
  private final Steward steward;
  private volatile Governance governance;

  private FollowedLedger(
      NodeHome home,
      Path file,
      ServedModel model,
      ModelSwitch engine,
      AdapterSource adapters,
      InstantSource clock)
      throws ConfigException {
    this.clock = clock;
    this.base = model.hash();
    Genesis genesis =
        new Genesis(
            new NetworkName("home"),
            List.of(node.id()),
            Rules.bootstrap(List.of("Apache-2.0")),
            Optional.of(base));
    governance = after(Governance.begin(new Witnessed(0, clock.instant(), genesis.sign(writer))));
    home.create();
    steward =
        new Steward(
            new Steward.Parts(
                this,
                node,
                new OneModel(base, file),
                (_, _, _) -> model,
                adapters,
                Optional.empty(),
                Optional.of(engine),
                Optional.empty(),
                new SealedFiles(home.sealedDirectory(), node.id()),
                OwnerWishes.read(home),
                Runnable::run,
                SECRETS,
                EventLog.none()),
            new Steward.Settings(true, false, false));
  }

  /// A network that adopted `model`, and a node that begins to follow it.
  public static FollowedLedger follow(
      NodeHome home,
      Path file,
      ServedModel model,
      ModelSwitch engine,
      AdapterSource adapters,
      InstantSource clock)
      throws ConfigException {
    FollowedLedger ledger = new FollowedLedger(home, file, model, engine, adapters, clock);
    ledger.steward.start();
    return ledger;
  }

  private record OneModel(ModelHash model, Path file) implements ModelExchange {
    @Override
    public Optional<Path> find(ModelHash wanted) {
      return wanted.equals(model) ? Optional.of(file) : Optional.empty();
    }

    @Override
    public Path fetch(Proposal.Candidate candidate, Consumer<FetchNotice> notices) {
      throw new AssertionError("No model was proposed");
    }
  }

  private static Governance after(Governance.Outcome outcome) {
    return switch (outcome) {
      case Governance.Outcome.Accepted(Governance accepted) -> accepted;
      case Governance.Outcome.Refused(String sentence, var _) -> throw new AssertionError(sentence);
    };
  }

  /// The writer appends the update of the next round.
  public void accepts(Optional<Digest> adapter) {
    long number = governance.newestRound() + 1;
    append(
        new UpdateCheckpoint(
            governance.genesis(),
            number,
            base,
            governance.checkpoint().flatMap(UpdateCheckpoint::adapter),
            adapter,
            1_000 + number,
            Digest.over(new byte[] {(byte) number}),
            "for a test"));
  }

  /// The writer undoes the update in use.
  public void undoes() {
    append(governance.undoing("for a test").orElseThrow());
  }

  private void append(UpdateCheckpoint record) {
    governance =
        after(
            governance.after(
                new Witnessed(governance.index() + 1, clock.instant(), record.sign(writer))));
    listeners.forEach(Runnable::run);
  }

  @Override
  public Optional<Governance> governance() {
    return Optional.of(governance);
  }

  @Override
  public Optional<LedgerReader> reader() {
    return Optional.empty();
  }

  @Override
  public Instant now() {
    return clock.instant();
  }

  @Override
  public Submitted submit(SignedEnvelope record) {
    return new Submitted.Refused("The test alone writes.");
  }

  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  @Override
  public void close() {
    steward.close();
  }
}
