// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Commit;
import org.peermind.protocol.governance.Digest;

/// The signed reports and ballots whose commitments this node publishes, one file each, readable by
/// its owner only. What is kept under a place is never replaced: to seal two things under one
/// number is misbehaviour. Only the steward's threads use it.
public final class SealedFiles {
  private static final Pattern REPORT = Pattern.compile("report-([0-9a-f]{64})");
  private static final Pattern BALLOT = Pattern.compile("ballot-([0-9a-f]{64})-([1-9][0-9]{0,6})");
  private static final String UNFINISHED = ".new";
  private static final int FILE_BYTES_MAX = 2 * SignedEnvelope.PAYLOAD_BYTES_MAX;

  private final Path directory;
  private final NodeId self;

  /// What is sealed where.
  ///
  /// @param proposal of a report; of a ballot the first one of its vote
  /// @param sequence of a ballot; 0 for a report
  public record Place(Commit.Kind kind, Digest proposal, long sequence) {
    public static Place report(Digest proposal) {
      return new Place(Commit.Kind.EVALUATION, proposal, 0);
    }

    public static Place ballot(Digest vote, long sequence) {
      return new Place(Commit.Kind.BALLOT, vote, sequence);
    }

    private String file() {
      return switch (kind) {
        case EVALUATION -> "report-" + proposal.hex();
        case BALLOT -> "ballot-" + proposal.hex() + "-" + sequence;
      };
    }

    private static Optional<Place> of(String file) {
      Matcher report = REPORT.matcher(file);
      if (report.matches()) {
        return Optional.of(report(new Digest(report.group(1))));
      }
      Matcher ballot = BALLOT.matcher(file);
      return ballot.matches()
          ? Optional.of(ballot(new Digest(ballot.group(1)), Long.parseLong(ballot.group(2))))
          : Optional.empty();
    }
  }

  /// @param directory made when the first record is kept
  /// @param self whose records they are
  public SealedFiles(Path directory, NodeId self) {
    this.directory = directory;
    this.self = self;
  }

  /// What is kept under a place.
  ///
  /// @throws IOException with one sentence when the file is damaged: nothing may be sealed there
  public Optional<SignedEnvelope> find(Place place) throws IOException {
    Path file = directory.resolve(place.file());
    byte[] bytes;
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw damaged(file);
      }
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException absent) {
      return Optional.empty();
    }
    try {
      SignedEnvelope record = SignedEnvelope.ofBytes(bytes);
      record.payload(record.wire().getType());
      if (record.signer().equals(self)) {
        return Optional.of(record);
      }
    } catch (ProtocolException unreadable) {
      throw new IOException(damaged(file).getMessage(), unreadable);
    }
    throw new IOException("the sealed file " + file + " is of another key than this node's");
  }

  private static IOException damaged(Path file) {
    return new IOException("the sealed file " + file + " is damaged, so what it holds is lost");
  }

  /// The sealed record that a commitment of this node names.
  public Optional<SignedEnvelope> find(Commit.Kind kind, Digest proposal, Digest commitment)
      throws IOException {
    for (Place place : places()) {
      if (place.kind() == kind && place.proposal().equals(proposal)) {
        Optional<SignedEnvelope> kept = find(place);
        if (kept.map(Digest::of).equals(Optional.of(commitment))) {
          return kept;
        }
      }
    }
    return Optional.empty();
  }

  /// The highest number of a ballot that is kept for a vote.
  public OptionalLong lastBallot(Digest vote) throws IOException {
    return places().stream()
        .filter(place -> place.kind() == Commit.Kind.BALLOT && place.proposal().equals(vote))
        .mapToLong(Place::sequence)
        .max();
  }

  /// Keeps a record, on the disk for good when this returns, and answers what is kept there: an
  /// earlier record stays.
  public SignedEnvelope keep(Place place, SignedEnvelope record) throws IOException {
    Optional<SignedEnvelope> earlier = find(place);
    if (earlier.isPresent()) {
      return earlier.get();
    }
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path part = directory.resolve(place.file() + UNFINISHED);
    Files.deleteIfExists(part);
    Files.createFile(
        part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(record.wire().toByteArray());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(part, directory.resolve(place.file()), StandardCopyOption.ATOMIC_MOVE);
    forceDirectory();
    return record;
  }

  private void forceDirectory() throws IOException {
    try (FileChannel entries = FileChannel.open(directory, StandardOpenOption.READ)) {
      entries.force(true);
    }
  }

  /// All that is kept.
  public List<Place> places() throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.flatMap(file -> Place.of(String.valueOf(file.getFileName())).stream()).toList();
    }
  }

  /// Deletes what nobody needs any more.
  public void forget(Place place) throws IOException {
    Files.deleteIfExists(directory.resolve(place.file()));
  }
}
