// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.peermind.federated.subspace.AdaptedMatrix;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.training.Adam;
import org.peermind.federated.training.Coordinates;
import org.peermind.federated.training.Device;
import org.peermind.federated.training.Progress;
import org.peermind.federated.training.TokenSequence;
import org.peermind.federated.training.TrainedUpdate;
import org.peermind.federated.training.TrainerInfo;
import org.peermind.federated.training.TrainingException;
import org.peermind.federated.training.TrainingTask;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;

final class LinkCodecTest {
  private static final Coordinates SOME = Coordinates.of(new float[] {1.5f, -0.0f, 1e-30f});

  private static final List<LinkMessage> ALL =
      List.of(
          new LinkMessage.Open(
              Path.of("/models/a.gguf"),
              new ModelHash("0a".repeat(32)),
              Optional.of(Path.of("/models/parent.gguf")),
              new Subspace(
                  new Digest("1b".repeat(32)),
                  2,
                  List.of(
                      new AdaptedMatrix("blk.0.attn_q.weight", 8, 4),
                      new AdaptedMatrix("blk.1.attn_q.weight", 8, 4))),
              3,
              Device.CPU),
          new LinkMessage.Score(5, List.of(TokenSequence.of(1, 2), TokenSequence.of(3, 4)), SOME),
          new LinkMessage.Score(6, List.of(TokenSequence.of(1, 2)), Coordinates.none()),
          new LinkMessage.Begin(
              7,
              new TrainingTask(
                  SOME,
                  Path.of("/data/tokens"),
                  200,
                  4,
                  512,
                  new Adam(1e-3, 0.9, 0.95, 1e-8, 0.01, 10, Double.POSITIVE_INFINITY),
                  -3,
                  Path.of("/data/checkpoint"),
                  25)),
          new LinkMessage.Pause(7),
          new LinkMessage.Resume(7),
          new LinkMessage.Cancel(7),
          new LinkMessage.Hello("token"),
          new LinkMessage.Opened(new TrainerInfo("llama", "cpu", 2, "libtorch", 256, 512, 3)),
          new LinkMessage.Refused("No."),
          new LinkMessage.Scored(5, List.of(1.25, Double.NaN)),
          new LinkMessage.ScoreRefused(5, "No."),
          new LinkMessage.Advanced(
              7,
              new Progress(
                  Progress.State.PAUSED,
                  3,
                  200,
                  OptionalDouble.of(2.5),
                  1L << 40,
                  12.5,
                  1,
                  Optional.of("Set aside."))),
          new LinkMessage.Finished(7, new TrainedUpdate(SOME, 200, 99, 3.5, 1.5)),
          new LinkMessage.Stopped(7, TrainingException.Reason.CANCELLED, "Cancelled."));

  @Test
  void readsBackEveryMessage() throws IOException {
    for (LinkMessage message : ALL) {
      assertThat(LinkCodec.decode(LinkCodec.encode(message))).isEqualTo(message);
    }
  }

  @Test
  void refusesEveryMessageThatWasCutOrLengthened() throws IOException {
    for (LinkMessage message : ALL) {
      byte[] whole = LinkCodec.encode(message);
      for (int length = 0; length < whole.length; length++) {
        byte[] cut = Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> LinkCodec.decode(cut)).isInstanceOf(LinkException.class);
      }
      assertThatThrownBy(() -> LinkCodec.decode(Arrays.copyOf(whole, whole.length + 1)))
          .isInstanceOf(LinkException.class);
    }
  }

  @Test
  void throwsNothingElse_whenAByteIsChanged() throws IOException {
    int read = 0;
    for (LinkMessage message : ALL) {
      byte[] whole = LinkCodec.encode(message);
      for (int at = 0; at < whole.length; at++) {
        byte[] changed = whole.clone();
        changed[at] ^= (byte) 0x80;
        try {
          LinkMessage other = LinkCodec.decode(changed);
          read += LinkCodec.encode(other).length > 0 ? 1 : 0;
        } catch (LinkException refused) {
          assertThat(refused.getCause()).isNull();
        }
      }
    }
    assertThat(read).isPositive();
  }

  @Test
  void showsNeitherTokensNorCoordinates() {
    assertThat(ALL.get(1).toString()).doesNotContain("1.5").contains("2 tokens");
    assertThat(new LinkMessage.Hello("secret").toString()).doesNotContain("secret");
  }
}
