// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.peermind.federated.subspace.Subspace;
import org.peermind.model.GgufFile;
import org.peermind.model.lora.LoraAdapter;

/// A model with frozen weights and low-rank changes of them: the loss of token sequences and its
/// gradient by the coordinates of a {@link Subspace}. It remembers nothing between calls.
///
/// For one thread at a time. The same input gives the same bits on the same machine.
public final class AdaptedNetwork implements AutoCloseable {
  private static final int REDUCTION_NONE = 0;
  private static final long IGNORE_NOTHING = -100;

  /// So many logits are held at once (128 MiB).
  private static final int LOGITS_MAX = 1 << 25;

  /// So many tokens, filling included, are scored at once.
  private static final int SCORED_TOKENS_MAX = 2048;

  /// Above this estimate of what a step would keep, blocks are computed again in the backward pass.
  private static final long KEPT_BYTES_MAX = 1L << 30;

  private final NetworkShape shape;
  private final FrozenWeights weights;
  private final LowRank lowRank;
  private final TorchDevice device;
  private final long keptBytesMax;

  private AdaptedNetwork(
      NetworkShape shape,
      FrozenWeights weights,
      LowRank lowRank,
      TorchDevice device,
      long keptBytesMax) {
    this.shape = shape;
    this.weights = weights;
    this.lowRank = lowRank;
    this.device = device;
    this.keptBytesMax = keptBytesMax;
  }

  /// Loads a model.
  ///
  /// @throws UnsupportedModelException in one sentence when the trainer does not compute it, or not
  ///   in this subspace, or cannot read its file
  public static AdaptedNetwork load(GgufFile model, Subspace subspace, TorchDevice device)
      throws UnsupportedModelException {
    return load(model, Optional.empty(), subspace, device);
  }

  /// Loads a model and adds the adapter that it is to be trained on from, so that the coordinates
  /// change both together.
  ///
  /// @throws UnsupportedModelException as without a parent, or when it is of another family or
  ///   adapts a matrix that the trainer does not
  public static AdaptedNetwork load(
      GgufFile model, Optional<LoraAdapter> parent, Subspace subspace, TorchDevice device)
      throws UnsupportedModelException {
    return load(model, parent, subspace, device, KEPT_BYTES_MAX);
  }

  static AdaptedNetwork load(
      GgufFile model,
      Optional<LoraAdapter> parent,
      Subspace subspace,
      TorchDevice device,
      long keptBytesMax)
      throws UnsupportedModelException {
    NetworkShape shape = NetworkShape.of(model);
    FrozenWeights weights = FrozenWeights.read(model, shape, device);
    device.useThreadsFor((long) shape.width() * shape.feedForward());
    try {
      if (parent.isPresent()) {
        if (!parent.get().architecture().equals(model.architecture())) {
          throw new UnsupportedModelException(
              "The parent adapter is one of the family %s, and the model is of %s."
                  .formatted(parent.get().architecture(), model.architecture()));
        }
        weights.add(parent.get(), device);
      }
      return new AdaptedNetwork(
          shape, weights, new LowRank(subspace, weights, device), device, keptBytesMax);
    } catch (UnsupportedModelException | RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  /// The family of the model, as its file names it.
  public String architecture() {
    return shape.family().architecture();
  }

  /// How many tokens a sequence has at most.
  public int contextTokens() {
    return shape.context();
  }

  /// Mean negative log-likelihood (nats) of each sequence's tokens but the first. The last bits may
  /// depend on which sequences are scored together.
  ///
  /// @param coordinates of the change, or empty for the model as it is
  /// @throws IllegalArgumentException when a sequence has fewer than two tokens, more than the
  ///   context, or one that the vocabulary lacks
  public double[] score(float[] coordinates, List<int[]> sequences) {
    double[] scores = new double[sequences.size()];
    for (int from = 0; from < scores.length; ) {
      int to = from;
      int longest = 0;
      while (to < scores.length) {
        longest = Math.max(longest, sequences.get(to).length);
        if (to > from && (long) longest * (to + 1 - from) > SCORED_TOKENS_MAX) {
          break;
        }
        to++;
      }
      scoreTogether(coordinates, sequences.subList(from, to), scores, from);
      from = to;
    }
    return scores;
  }

  private void scoreTogether(
      float[] coordinates, List<int[]> sequences, double[] scores, int first) {
    for (int[] sequence : sequences) {
      if (sequence.length < 2) {
        throw new IllegalArgumentException("A sequence to score has at least two tokens");
      }
    }
    SequenceBatch batch = SequenceBatch.whole(sequences);
    check(batch);
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      ForwardPass pass = pass(lowRank.b(coordinates, false), batch);
      Tensor seen = predicting(stream(pass, batch), batch);
      float[] losses = new float[batch.predictedTokens()];
      inParts(
          pass,
          seen,
          batch,
          (from, part) -> {
            float[] values = TorchDevice.read(part);
            System.arraycopy(values, 0, losses, from, values.length);
          });
      for (int i = 0; i < losses.length; i++) {
        scores[first + batch.row(i)] += losses[i];
      }
    }
    for (int row = 0; row < sequences.size(); row++) {
      scores[first + row] /= sequences.get(row).length - 1;
    }
  }

  /// The mean loss of the tokens of a batch that count, and its gradient.
  ///
  /// @throws IllegalArgumentException as {@link #score}, or when no token counts
  public LossGradient gradient(float[] coordinates, SequenceBatch batch) {
    check(batch);
    if (coordinates.length == 0) {
      throw new IllegalArgumentException("A gradient is that of coordinates, and there are none");
    }
    if (batch.predictedTokens() == 0) {
      throw new IllegalArgumentException("No token of the batch counts, so it has no loss");
    }
    try (PointerScope _ = new PointerScope()) {
      Map<String, Tensor> leaves = lowRank.b(coordinates, true);
      ForwardPass pass = pass(leaves, batch);
      double loss =
          keptBytes(batch) > keptBytesMax
              ? backwardAgain(pass, batch)
              : backward(pass, stream(pass, batch), batch);
      return new LossGradient(loss, batch.predictedTokens(), lowRank.gradient(leaves));
    }
  }

  private void check(SequenceBatch batch) {
    if (batch.lastToken() >= shape.vocabulary()) {
      throw new IllegalArgumentException(
          "The vocabulary of %d tokens has no token %d"
              .formatted(shape.vocabulary(), batch.lastToken()));
    }
    if (batch.columns() >= shape.context()) {
      throw new IllegalArgumentException(
          "A sequence of %d tokens is longer than the model's context of %d"
              .formatted(batch.columns() + 1, shape.context()));
    }
  }

  private ForwardPass pass(Map<String, Tensor> b, SequenceBatch batch) {
    return new ForwardPass(shape, weights, lowRank, b, batch, device);
  }

  private Tensor tokens(SequenceBatch batch) {
    return device.tensor(batch.inputs(), batch.rows(), batch.columns());
  }

  private Tensor stream(ForwardPass pass, SequenceBatch batch) {
    return Scopes.only(
        () -> {
          Tensor stream = pass.embedded(tokens(batch));
          for (int block = 0; block < shape.blocks(); block++) {
            stream = pass.block(block, stream);
          }
          return stream;
        });
  }

  /// The streams at the places where a token is predicted that counts.
  private Tensor predicting(Tensor stream, SequenceBatch batch) {
    long[] places = batch.places();
    return stream
        .reshape((long) batch.rows() * batch.columns(), shape.width())
        .index_select(0, device.tensor(places, places.length));
  }

  /// Gradients of a stream whose blocks are all remembered.
  private double backward(ForwardPass pass, Tensor stream, SequenceBatch batch) {
    Tensor seen = predicting(stream, batch);
    Tensor leaf = leaf(seen, true);
    double loss = headBackward(pass, leaf, batch);
    backward(seen, leaf.grad());
    return loss;
  }

  /// The same with the blocks' inputs remembered only: each block is computed again before its
  /// gradients are taken, which needs the memory of one block instead of all.
  private double backwardAgain(ForwardPass pass, SequenceBatch batch) {
    List<Tensor> inputs = new ArrayList<>();
    Tensor last;
    try (NoGradGuard _ = new NoGradGuard()) {
      last = pass.embedded(tokens(batch));
      for (int block = 0; block < shape.blocks(); block++) {
        inputs.add(last);
        last = pass.block(block, last);
      }
    }
    Tensor end = leaf(last, true);
    double loss = backward(pass, end, batch);
    Tensor slope = end.grad();
    int first = lowRank.firstBlock();
    for (int block = shape.blocks() - 1; block >= first; block--) {
      int here = block;
      Tensor before = slope;
      slope =
          Scopes.only(
              () -> {
                Tensor input = leaf(inputs.get(here), here > first);
                backward(pass.block(here, input), before);
                return here > first ? input.grad().detach() : input;
              });
    }
    return loss;
  }

  /// The mean loss, and its gradient by the streams in `leaf`.
  private double headBackward(ForwardPass pass, Tensor leaf, SequenceBatch batch) {
    double[] sum = new double[1];
    Scalar share = new Scalar(1.0 / batch.predictedTokens());
    inParts(
        pass,
        leaf,
        batch,
        (_, part) -> {
          for (float value : TorchDevice.read(part)) {
            sum[0] += value;
          }
          part.sum().mul(share).backward();
        });
    return sum[0] / batch.predictedTokens();
  }

  private interface LossPart {
    void accept(int from, Tensor losses);
  }

  /// Hands the losses of the predicted tokens on, so many at once as memory is set aside for.
  private void inParts(ForwardPass pass, Tensor seen, SequenceBatch batch, LossPart use) {
    long[] targets = batch.targets();
    int most = Math.max(1, LOGITS_MAX / shape.vocabulary());
    for (int from = 0; from < targets.length; from += most) {
      int count = Math.min(most, targets.length - from);
      try (PointerScope _ = new PointerScope()) {
        long[] wanted = java.util.Arrays.copyOfRange(targets, from, from + count);
        Tensor losses =
            torch.cross_entropy_loss(
                pass.logits(seen.narrow(0, from, count)),
                device.tensor(wanted, count),
                new TensorOptional(),
                REDUCTION_NONE,
                IGNORE_NOTHING,
                0.0);
        use.accept(from, losses);
      }
    }
  }

  /// The numbers of a tensor as a beginning of their own. What {@link Tensor#set_requires_grad} and
  /// {@link Tensor#grad} return belongs to the tensor, and is gone with it.
  static Tensor leaf(Tensor tensor, boolean withGradient) {
    Tensor leaf = tensor.detach();
    leaf.set_requires_grad(withGradient);
    return leaf;
  }

  private static void backward(Tensor result, Tensor slope) {
    result.backward(slope, new BoolOptional(), false, new TensorArrayRefOptional());
  }

  /// About what autograd keeps of a pass: some dozen numbers of a token for each of the stream's,
  /// the feed-forward part's and the heads', and the scores of each pair of tokens.
  private long keptBytes(SequenceBatch batch) {
    long tokens = (long) batch.rows() * batch.columns();
    long heads = (long) shape.heads() * (shape.keyWidth() + shape.valueWidth());
    long token = 10L * shape.width() + 6L * shape.feedForward() + 6L * heads;
    long pairs = shape.attentionCap() > 0 ? 4L : 1L;
    long scores = pairs * shape.heads() * batch.columns();
    return shape.blocks() * tokens * (token + scores) * Float.BYTES;
  }

  @Override
  public void close() {
    lowRank.close();
    weights.close();
  }
}
