// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.peermind.federated.round.Round;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.protocol.federated.Enrolment;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.federated.UpdateCommit;

/// A member's training and its trial of what came out, without a model: it knows both at once.
final class Pupil implements Learner, Examiner {
  /// How often it was asked to train, and to try an update.
  final AtomicInteger lessons = new AtomicInteger();

  final AtomicInteger trials = new AtomicInteger();
  final List<String> parents = new ArrayList<>();

  /// What it learns; no two members learn the same.
  volatile int[] numbers;

  volatile int weight = 1;
  volatile Duration training = Duration.ofMinutes(20);
  volatile Optional<String> unready = Optional.empty();
  volatile Optional<String> cannotLearn = Optional.empty();
  volatile Finding finding = new Finding(20, 1_500_000, 1_400_000, List.of());

  /// What it finds, when that depends on the adapter.
  volatile Optional<Examiner> finder = Optional.empty();

  Pupil(int member) {
    numbers = new int[RoundWishes.LENGTH];
    for (int index = 0; index < numbers.length; index++) {
      numbers[index] = 100 * member + index + 1;
    }
  }

  @Override
  public Readiness readiness(RoundDescriptor descriptor) {
    return unready.isPresent()
        ? new Readiness.Unready(unready.get())
        : new Readiness.Ready(Enrolment.Method.GRADIENT, weight, training);
  }

  @Override
  public Learnt learn(Round round, Optional<byte[]> parentState) throws IOException {
    lessons.incrementAndGet();
    if (cannotLearn.isPresent()) {
      throw new IOException(cannotLearn.get());
    }
    return new Learnt(
        ByteString.copyFrom(FixedPoint.toBytes(numbers)),
        new UpdateCommit.Training(20, 5_000, 2_000_000, 1_500_000, OptionalLong.empty()));
  }

  @Override
  public Finding examine(
      Round round, ByteString items, Optional<ByteString> parent, ByteString adapter)
      throws IOException, InterruptedException {
    trials.incrementAndGet();
    synchronized (parents) {
      parents.add(parent.map(ByteString::toStringUtf8).orElse(""));
    }
    return finder.isPresent() ? finder.get().examine(round, items, parent, adapter) : finding;
  }
}
