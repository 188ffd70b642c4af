// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.peermind.ledger.DiskStorage;
import org.peermind.ledger.LedgerException;
import org.peermind.ledger.LedgerReader;
import org.peermind.ledger.MirrorLog;
import org.peermind.ledger.NoteKey;
import org.peermind.node.role.RefereeAttachment;
import org.peermind.node.role.RefereeSet;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Genesis;
import org.peermind.telemetry.EventLog;
import org.peermind.voting.Governance;

/// The ledger in the directory of this node: written here if this node's key began it, else a copy
/// of another referee's. A referee without a ledger may begin one.
public final class NodeLedger implements NetworkLedger, RefereeSet.PartMaker, AutoCloseable {
  private final Path directory;
  private final NetworkName network;
  private final IdentityKey identity;
  private final InstantSource clock;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final LedgerMirror mirror;
  private volatile @Nullable LedgerWriter writer;

  private NodeLedger(
      Path directory,
      NetworkName network,
      IdentityKey identity,
      InstantSource clock,
      LedgerMirror mirror,
      @Nullable LedgerWriter writer) {
    this.directory = directory;
    this.network = network;
    this.identity = identity;
    this.clock = clock;
    this.mirror = mirror;
    this.writer = writer;
  }

  /// Opens what is there.
  ///
  /// @param directory of the ledger this node writes lies in `own`, a copy in `copy`
  /// @param trusted referees that this node knows, one of which may write the ledger
  /// @throws LedgerException when a file was changed, naming it
  public static NodeLedger open(
      Path directory,
      NetworkName network,
      IdentityKey identity,
      Supplier<Set<NodeId>> trusted,
      InstantSource clock,
      EventLog events)
      throws IOException, LedgerException {
    LedgerWriter writer = null;
    if (isBegun(directory)) {
      writer =
          LedgerWriter.open(
              DiskStorage.forWriting(directory.resolve("own")), network, identity, clock);
    }
    if (writer != null && writer.governance().isEmpty()) {
      writer.close(); // begun and never answered: nothing is there, and another referee may write
      writer = null;
    }
    LedgerMirror mirror =
        LedgerMirror.open(
            DiskStorage.forWriting(directory.resolve("copy")), network, trusted, clock, events);
    NodeLedger ledger = new NodeLedger(directory, network, identity, clock, mirror, writer);
    mirror.onChange(
        () -> {
          if (ledger.writer == null) {
            ledger.tell();
          }
        });
    if (writer != null) {
      mirror.rest();
      writer.onChange(ledger::tell);
    }
    return ledger;
  }

  private static boolean isBegun(Path directory) throws IOException, LedgerException {
    Path own = directory.resolve("own");
    if (!Files.isDirectory(own)) {
      return false;
    }
    try (DiskStorage storage = DiskStorage.forReading(own)) {
      Optional<NoteKey> key = MirrorLog.keyIn(storage);
      return key.isPresent();
    }
  }

  private void tell() {
    listeners.forEach(Runnable::run);
  }

  private NetworkLedger present() {
    LedgerWriter own = writer;
    return own != null ? own : mirror;
  }

  /// Whether this node writes the ledger.
  public boolean isWriter() {
    return writer != null;
  }

  /// What is wrong with the copy, in one sentence.
  public Optional<String> trouble() {
    return writer != null ? Optional.empty() : mirror.trouble();
  }

  /// Begins the network's ledger here.
  ///
  /// @throws IOException when its files cannot be written
  /// @throws LedgerException when files of an earlier try are damaged
  public synchronized Submitted begin(Genesis genesis)
      throws IOException, LedgerException, InterruptedException {
    if (present().governance().isPresent()) {
      return new Submitted.Refused("This network has a ledger already.");
    }
    LedgerWriter own = writer;
    if (own == null) {
      own =
          LedgerWriter.open(
              DiskStorage.forWriting(directory.resolve("own")), network, identity, clock);
      own.onChange(this::tell);
    }
    Submitted begun = begun(own, genesis);
    if (begun instanceof Submitted.Refused && own.governance().isEmpty()) {
      writer = null;
      own.close();
      return begun;
    }
    mirror.rest();
    writer = own;
    tell();
    return begun;
  }

  private Submitted begun(LedgerWriter own, Genesis genesis) throws InterruptedException {
    boolean isAnswered = false;
    try {
      Submitted begun = own.begin(genesis);
      isAnswered = true;
      return begun;
    } finally {
      if (!isAnswered) {
        writer = own; // it may be written yet
        mirror.rest();
      }
    }
  }

  @Override
  public RefereeAttachment.Part at(RefereeAttachment attachment) {
    return mirror.at(attachment);
  }

  @Override
  public Optional<Governance> governance() {
    return present().governance();
  }

  @Override
  public Optional<LedgerReader> reader() {
    return present().reader();
  }

  @Override
  public Instant now() {
    return present().now();
  }

  @Override
  public Submitted submit(SignedEnvelope record) throws InterruptedException {
    return present().submit(record);
  }

  /// Appends a record that another node handed over, or takes it to the writer, and only there.
  public Submitted pass(SignedEnvelope record) throws InterruptedException {
    LedgerWriter own = writer;
    return own != null ? own.submit(record) : mirror.pass(record);
  }

  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  @Override
  public void close() throws IOException {
    mirror.close();
    LedgerWriter own = writer;
    if (own != null) {
      own.close();
    }
  }
}
