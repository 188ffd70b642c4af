// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.link;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.federated.subspace.AdaptedMatrix;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.training.Adam;
import org.peermind.federated.training.Device;
import org.peermind.federated.training.Progress;
import org.peermind.federated.training.TokenSequence;
import org.peermind.federated.training.TrainedUpdate;
import org.peermind.federated.training.TrainerInfo;
import org.peermind.federated.training.TrainingException;
import org.peermind.federated.training.TrainingTask;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;

/// Messages of the link as bytes: a type, then the fields in order.
final class LinkCodec {
  private LinkCodec() {}

  static byte[] encode(LinkMessage message) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    switch (message) {
      case LinkMessage.ToChild order -> putOrder(out, order);
      case LinkMessage.FromChild report -> putReport(out, report);
    }
    return bytes.toByteArray();
  }

  private static void putOrder(DataOutputStream out, LinkMessage.ToChild order) throws IOException {
    switch (order) {
      case LinkMessage.Open open -> {
        out.writeByte(1);
        putOpen(out, open);
      }
      case LinkMessage.Score score -> {
        out.writeByte(2);
        out.writeLong(score.id());
        out.writeInt(score.sequences().size());
        for (TokenSequence sequence : score.sequences()) {
          LinkFields.putTokens(out, sequence);
        }
        LinkFields.putCoordinates(out, score.coordinates());
      }
      case LinkMessage.Begin(long id, TrainingTask task) -> {
        out.writeByte(3);
        out.writeLong(id);
        putTask(out, task);
      }
      case LinkMessage.Pause(long id) -> {
        out.writeByte(4);
        out.writeLong(id);
      }
      case LinkMessage.Resume(long id) -> {
        out.writeByte(5);
        out.writeLong(id);
      }
      case LinkMessage.Cancel(long id) -> {
        out.writeByte(6);
        out.writeLong(id);
      }
    }
  }

  private static void putReport(DataOutputStream out, LinkMessage.FromChild report)
      throws IOException {
    switch (report) {
      case LinkMessage.Hello(String token) -> {
        out.writeByte(16);
        LinkFields.putText(out, token);
      }
      case LinkMessage.Opened(TrainerInfo info) -> {
        out.writeByte(17);
        putInfo(out, info);
      }
      case LinkMessage.Refused(String sentence) -> {
        out.writeByte(18);
        LinkFields.putText(out, sentence);
      }
      case LinkMessage.Scored(long id, List<Double> losses) -> {
        out.writeByte(19);
        out.writeLong(id);
        out.writeInt(losses.size());
        for (double loss : losses) {
          out.writeDouble(loss);
        }
      }
      case LinkMessage.ScoreRefused(long id, String sentence) -> {
        out.writeByte(20);
        out.writeLong(id);
        LinkFields.putText(out, sentence);
      }
      case LinkMessage.Advanced(long id, Progress progress) -> {
        out.writeByte(21);
        out.writeLong(id);
        putProgress(out, progress);
      }
      case LinkMessage.Finished(long id, TrainedUpdate update) -> {
        out.writeByte(22);
        out.writeLong(id);
        putUpdate(out, update);
      }
      case LinkMessage.Stopped stopped -> {
        out.writeByte(23);
        out.writeLong(stopped.id());
        LinkFields.putText(out, stopped.reason().name());
        LinkFields.putText(out, stopped.sentence());
      }
    }
  }

  /// @throws LinkException when these bytes are no message
  static LinkMessage decode(byte[] bytes) throws LinkException {
    try {
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
      int type = in.readUnsignedByte();
      LinkMessage message =
          switch (type) {
            case 1 -> open(in);
            case 2 -> score(in);
            case 3 -> new LinkMessage.Begin(in.readLong(), task(in));
            case 4 -> new LinkMessage.Pause(in.readLong());
            case 5 -> new LinkMessage.Resume(in.readLong());
            case 6 -> new LinkMessage.Cancel(in.readLong());
            case 16 -> new LinkMessage.Hello(LinkFields.text(in));
            case 17 -> new LinkMessage.Opened(info(in));
            case 18 -> new LinkMessage.Refused(LinkFields.text(in));
            case 19 -> scored(in);
            case 20 -> new LinkMessage.ScoreRefused(in.readLong(), LinkFields.text(in));
            case 21 -> new LinkMessage.Advanced(in.readLong(), progress(in));
            case 22 -> new LinkMessage.Finished(in.readLong(), update(in));
            case 23 ->
                new LinkMessage.Stopped(
                    in.readLong(),
                    LinkFields.constant(in, TrainingException.Reason.values()),
                    LinkFields.text(in));
            default -> throw new LinkException("A frame has the unknown type " + type + ".");
          };
      if (in.available() > 0) {
        throw new LinkException("A frame of type " + type + " is too long.");
      }
      return message;
    } catch (LinkException e) {
      throw e;
    } catch (IOException | IllegalArgumentException _) {
      // The cause could quote what was in the frame.
      throw new LinkException("A frame of the trainer's link cannot be read.");
    }
  }

  private static void putOpen(DataOutputStream out, LinkMessage.Open open) throws IOException {
    LinkFields.putPath(out, open.model());
    LinkFields.putText(out, open.sha256().hex());
    LinkFields.putOptional(
        out, open.parentAdapter().map(adapter -> adapter.toAbsolutePath().toString()));
    Subspace subspace = open.subspace();
    LinkFields.putText(out, subspace.seed().hex());
    out.writeInt(subspace.rank());
    out.writeInt(subspace.matrices().size());
    for (AdaptedMatrix matrix : subspace.matrices()) {
      LinkFields.putText(out, matrix.tensor());
      out.writeInt(matrix.in());
      out.writeInt(matrix.out());
    }
    out.writeInt(open.threads());
    LinkFields.putText(out, open.device().name());
  }

  private static LinkMessage open(DataInputStream in) throws IOException {
    var model = LinkFields.path(in);
    ModelHash sha256 = new ModelHash(LinkFields.text(in));
    Optional<String> adapter = LinkFields.optional(in);
    Digest seed = new Digest(LinkFields.text(in));
    int rank = in.readInt();
    int count = LinkFields.count(in, 3 * Integer.BYTES);
    List<AdaptedMatrix> matrices = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      matrices.add(new AdaptedMatrix(LinkFields.text(in), in.readInt(), in.readInt()));
    }
    return new LinkMessage.Open(
        model,
        sha256,
        adapter.map(java.nio.file.Path::of),
        new Subspace(seed, rank, matrices),
        in.readInt(),
        LinkFields.constant(in, Device.values()));
  }

  private static LinkMessage score(DataInputStream in) throws IOException {
    long id = in.readLong();
    int count = LinkFields.count(in, 3 * Integer.BYTES);
    List<TokenSequence> sequences = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      sequences.add(LinkFields.tokens(in));
    }
    return new LinkMessage.Score(id, sequences, LinkFields.coordinates(in));
  }

  private static LinkMessage scored(DataInputStream in) throws IOException {
    long id = in.readLong();
    int count = LinkFields.count(in, Double.BYTES);
    List<Double> losses = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      losses.add(in.readDouble());
    }
    return new LinkMessage.Scored(id, losses);
  }

  private static void putTask(DataOutputStream out, TrainingTask task) throws IOException {
    LinkFields.putCoordinates(out, task.start());
    LinkFields.putPath(out, task.tokens());
    out.writeInt(task.steps());
    out.writeInt(task.sequencesPerStep());
    out.writeInt(task.sequenceTokensMax());
    Adam adam = task.adam();
    out.writeDouble(adam.learningRate());
    out.writeDouble(adam.beta1());
    out.writeDouble(adam.beta2());
    out.writeDouble(adam.epsilon());
    out.writeDouble(adam.weightDecay());
    out.writeInt(adam.warmupSteps());
    out.writeDouble(adam.gradientClip());
    out.writeLong(task.seed());
    LinkFields.putPath(out, task.checkpoint());
    out.writeInt(task.checkpointEverySteps());
  }

  private static TrainingTask task(DataInputStream in) throws IOException {
    return new TrainingTask(
        LinkFields.coordinates(in),
        LinkFields.path(in),
        in.readInt(),
        in.readInt(),
        in.readInt(),
        new Adam(
            in.readDouble(),
            in.readDouble(),
            in.readDouble(),
            in.readDouble(),
            in.readDouble(),
            in.readInt(),
            in.readDouble()),
        in.readLong(),
        LinkFields.path(in),
        in.readInt());
  }

  private static void putInfo(DataOutputStream out, TrainerInfo info) throws IOException {
    LinkFields.putText(out, info.architecture());
    LinkFields.putText(out, info.device());
    out.writeInt(info.threads());
    LinkFields.putText(out, info.library());
    out.writeInt(info.vocabulary());
    out.writeInt(info.contextTokens());
    out.writeInt(info.coordinates());
  }

  private static TrainerInfo info(DataInputStream in) throws IOException {
    return new TrainerInfo(
        LinkFields.text(in),
        LinkFields.text(in),
        in.readInt(),
        LinkFields.text(in),
        in.readInt(),
        in.readInt(),
        in.readInt());
  }

  private static void putProgress(DataOutputStream out, Progress progress) throws IOException {
    LinkFields.putText(out, progress.state().name());
    out.writeInt(progress.step());
    out.writeInt(progress.steps());
    LinkFields.putNumber(out, progress.loss());
    out.writeLong(progress.tokens());
    out.writeDouble(progress.tokensPerSecond());
    out.writeInt(progress.resumedAtStep());
    LinkFields.putOptional(out, progress.note());
  }

  private static Progress progress(DataInputStream in) throws IOException {
    return new Progress(
        LinkFields.constant(in, Progress.State.values()),
        in.readInt(),
        in.readInt(),
        LinkFields.number(in),
        in.readLong(),
        in.readDouble(),
        in.readInt(),
        LinkFields.optional(in));
  }

  private static void putUpdate(DataOutputStream out, TrainedUpdate update) throws IOException {
    LinkFields.putCoordinates(out, update.delta());
    out.writeInt(update.steps());
    out.writeLong(update.tokens());
    out.writeDouble(update.firstLoss());
    out.writeDouble(update.lastLoss());
  }

  private static TrainedUpdate update(DataInputStream in) throws IOException {
    return new TrainedUpdate(
        LinkFields.coordinates(in), in.readInt(), in.readLong(), in.readDouble(), in.readDouble());
  }
}
