// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.child;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.peermind.federated.subspace.AdaptedMatrix;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.training.Adam;
import org.peermind.federated.training.TrainingTask;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;

/// Names what is trained, and how, so that a checkpoint of something else is not gone on with.
/// Names of files are not part of it, what is in them is.
final class TaskDigest {
  private static final byte[] MODEL =
      "peermind/v1/trainer-model\0".getBytes(StandardCharsets.UTF_8);
  private static final byte[] TASK = "peermind/v1/trainer-task\0".getBytes(StandardCharsets.UTF_8);

  private TaskDigest() {}

  /// Of everything that stays the same for all tasks of a process.
  static Digest ofModel(ModelHash model, Optional<ModelHash> parentAdapter, Subspace subspace) {
    return over(
        MODEL,
        out -> {
          out.write(model.toBytes());
          out.writeBoolean(parentAdapter.isPresent());
          if (parentAdapter.isPresent()) {
            out.write(parentAdapter.get().toBytes());
          }
          out.write(subspace.seed().toBytes());
          out.writeInt(subspace.rank());
          for (AdaptedMatrix matrix : subspace.matrices()) {
            out.writeUTF(matrix.tensor());
            out.writeInt(matrix.in());
            out.writeInt(matrix.out());
          }
        });
  }

  /// Of a task with this model and the tokens whose file has this hash.
  static Digest ofTask(Digest model, TrainingTask task, Digest tokens) {
    float[] start = task.start().values();
    ByteBuffer startBytes = ByteBuffer.allocate(start.length * Float.BYTES);
    startBytes.asFloatBuffer().put(start);
    return over(
        TASK,
        out -> {
          out.write(model.toBytes());
          out.write(tokens.toBytes());
          out.write(Digest.over(startBytes.array()).toBytes());
          out.writeInt(task.steps());
          out.writeInt(task.sequencesPerStep());
          out.writeInt(task.sequenceTokensMax());
          out.writeLong(task.seed());
          Adam adam = task.adam();
          out.writeDouble(adam.learningRate());
          out.writeDouble(adam.beta1());
          out.writeDouble(adam.beta2());
          out.writeDouble(adam.epsilon());
          out.writeDouble(adam.weightDecay());
          out.writeInt(adam.warmupSteps());
          out.writeDouble(adam.gradientClip());
        });
  }

  @FunctionalInterface
  private interface Fields {
    void put(DataOutputStream out) throws IOException;
  }

  private static Digest over(byte[] domain, Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      fields.put(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Digest.over(domain, bytes.toByteArray());
  }
}
