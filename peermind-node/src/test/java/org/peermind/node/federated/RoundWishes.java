// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.peermind.protocol.federated.AdapterCheckpoint;
import org.peermind.protocol.federated.GateTerms;
import org.peermind.protocol.federated.Lesson;
import org.peermind.protocol.federated.OuterChoice;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.federated.RuleChoice;
import org.peermind.protocol.federated.SubspaceChoice;
import org.peermind.protocol.governance.Digest;
import org.peermind.voting.Governance;

/// An operator who wants a small round every hour.
final class RoundWishes implements RoundPlan {
  static final int LENGTH = 6;
  static final Duration PAUSE = Duration.ofHours(1);

  int least = 2;
  int most = 3;
  int length = LENGTH;
  long clipUnits = 1_000_000;
  Optional<String> refusal = Optional.empty();
  Optional<String> noItems = Optional.empty();
  Optional<Digest> otherCommitment = Optional.empty();

  @Override
  public Instant next(Instant last) {
    return last.equals(Instant.EPOCH) ? last : last.plus(PAUSE);
  }

  @Override
  public ByteString items() throws IOException {
    if (noItems.isPresent()) {
      throw new IOException(noItems.get());
    }
    return ByteString.copyFromUtf8("What is the capital of the made-up world?");
  }

  @Override
  public Optional<RoundDescriptor> descriptor(
      Governance governance,
      long number,
      Optional<AdapterCheckpoint> parent,
      Digest commitment,
      Instant now) {
    if (refusal.isPresent()) {
      return Optional.empty();
    }
    return Optional.of(
        new RoundDescriptor(
            governance.genesis(),
            number,
            governance.incumbent().orElseThrow(),
            parent,
            new SubspaceChoice(RoundTown.digest("seed"), 2, List.of("attn_q"), length),
            20,
            clipUnits,
            new RuleChoice(RuleChoice.Kind.WEIGHTED_MEAN, 0, 0, 0, 0, 0),
            new OuterChoice(OuterChoice.Kind.PLAIN, 1_000_000, 0, 0, 0),
            new Lesson(20, 4, 64, 1_000_000, 0, 2),
            new GateTerms(otherCommitment.orElse(commitment), 10, 0, 500, 900, 1_100, 0, 500),
            new RoundDescriptor.Company(least, most),
            new RoundDescriptor.Timetable(
                now,
                Duration.ofMinutes(5),
                Duration.ofMinutes(10),
                Duration.ofHours(2),
                Duration.ofMinutes(5),
                Duration.ofMinutes(15))));
  }

  @Override
  public Optional<String> refusal() {
    return refusal;
  }
}
