// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Predicate;
import org.peermind.federated.round.Round;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.governance.Digest;

/// Trains with gradients where the trainer knows the model and the machine, else forwards only.
///
/// @param hasGradients whether the trainer knows a model, as far as its file's head tells
public record LearnerChoice(Learner gradients, Learner forward, Predicate<ModelHash> hasGradients)
    implements Learner {
  private Learner of(RoundDescriptor descriptor) {
    return hasGradients.test(descriptor.base()) ? gradients : forward;
  }

  @Override
  public Readiness readiness(RoundDescriptor descriptor) {
    return of(descriptor).readiness(descriptor);
  }

  @Override
  public Learnt learn(Round round, Optional<byte[]> parentState)
      throws IOException, InterruptedException {
    return of(round.descriptor()).learn(round, parentState);
  }

  @Override
  public void forget(Digest round) throws IOException {
    gradients.forget(round);
    forward.forget(round);
  }

  @Override
  public Optional<String> doing() {
    return gradients.doing().or(forward::doing);
  }
}
