// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel.trainer;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// One training run: network, optimizer and the schedule of the learning rate.
final class TrainingRun {
  private static final int REDUCTION_NONE = 0;
  private static final long IGNORE_NOTHING = -100;
  private static final float CANNOT_LOOK = -1e30f;
  private static final double RATE_END = 5e-5;
  private static final int STEPS_PER_WARM_UP_STEP = 20;

  /// The highest learning rate for weights that were just drawn.
  static final double FRESH_RATE = 2.5e-3;

  /// The highest learning rate for weights that have learnt before.
  static final double LATER_RATE = 5e-4;

  private final Weights weights;
  private final LlamaNetwork network;
  private final AdamW optimizer;
  private final int steps;
  private final double ratePeak;
  private final int warmUpSteps;
  private int done;

  /// A run of `steps` steps over `weights`, at most at the learning rate `ratePeak`.
  TrainingRun(Weights weights, int steps, double ratePeak) {
    this.weights = weights;
    this.network = new LlamaNetwork(weights);
    this.optimizer = new AdamW(weights.all());
    this.steps = steps;
    this.ratePeak = ratePeak;
    this.warmUpSteps = Math.max(1, steps / STEPS_PER_WARM_UP_STEP);
  }

  /// Makes libtorch compute the same numbers every time: one thread, deterministic algorithms.
  /// OpenBLAS has threads of its own, which wait for each other in a loop: on a machine that does
  /// other work too they took 20 times as long as one.
  static void makeRepeatable() {
    torch.set_num_threads(1);
    openblas_nolapack.blas_set_num_threads(1);
    torch.globalContext().setDeterministicAlgorithms(true, false);
    torch.manual_seed(0);
  }

  /// Learns from one batch; returns the mean loss of what counts in it.
  float step(Batches.Batch batch) {
    try (PointerScope _ = new PointerScope()) {
      Tensor loss = loss(batch);
      loss.backward();
      optimizer.step(rate(done));
      done++;
      return loss.item_float();
    }
  }

  Weights weights() {
    return weights;
  }

  private Tensor loss(Batches.Batch batch) {
    int rows = batch.rows();
    int columns = batch.columns();
    Tensor tokens = torch.tensor(batch.tokens()).reshape(rows, columns);
    Tensor logits = network.logits(tokens, mask(batch)).reshape((long) rows * columns, -1);
    Tensor each =
        torch.cross_entropy_loss(
            logits,
            torch.tensor(batch.next()),
            new TensorOptional(),
            REDUCTION_NONE,
            IGNORE_NOTHING,
            0.0);
    Tensor counts = torch.tensor(batch.counts());
    return each.mul(counts).sum().div(counts.sum());
  }

  /// Tokens look at themselves and earlier tokens of the same conversation.
  static Tensor mask(Batches.Batch batch) {
    Tensor owners = torch.tensor(batch.owners()).reshape(batch.rows(), batch.columns());
    Tensor visible = owners.unsqueeze(2).eq(owners.unsqueeze(1)).tril();
    Tensor hidden = visible.logical_not().to(torch.ScalarType.Float);
    return hidden.mul(new Scalar(CANNOT_LOOK)).unsqueeze(1);
  }

  private double rate(int step) {
    if (step < warmUpSteps) {
      return ratePeak * (step + 1) / warmUpSteps;
    }
    double part = (step - warmUpSteps) / (double) Math.max(1, steps - warmUpSteps);
    return RATE_END + (ratePeak - RATE_END) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, part)));
  }
}
