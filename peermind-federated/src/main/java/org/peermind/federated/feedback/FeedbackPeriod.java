// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.feedback;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Sha256;
import org.peermind.protocol.governance.Digest;

/// A time, such as a week, in which users tell what they think of answers, and the scales of
/// adapters that they are about. Each answer is computed with scales a little beside those, all
/// moved by `perturbation`, up or down as public coins say: neither the user nor who answers him
/// chooses them. Since every coin can fall both ways, a set of directions and its opposite are
/// equally likely.
///
/// @param seed that nobody could foresee
/// @param scales how strongly each adapter is mixed in, 1 to [#ADAPTERS_MAX] of them
/// @param perturbation how far each scale is moved
/// @param response how bits are made of opinions
/// @param answersMax how many answers of one user count
/// @param stepping what is made of the bits
public record FeedbackPeriod(
    Digest seed,
    List<Double> scales,
    double perturbation,
    RandomisedResponse response,
    int answersMax,
    Stepping stepping) {
  /// Most adapters: directions take their bits from one hash.
  public static final int ADAPTERS_MAX = 64;

  /// Most answers of one user in a period.
  public static final int ANSWERS_MAX = 1 << 12;

  private static final double SCALE_MAX = 16;
  private static final byte[] DOMAIN = "peermind/v1/feedback\0".getBytes(StandardCharsets.UTF_8);
  private static final byte[] NAME_DOMAIN =
      "peermind/v1/feedback-period\0".getBytes(StandardCharsets.UTF_8);

  /// How the scales follow the bits.
  ///
  /// @param rate by which the estimated gradient is multiplied
  /// @param stepMax the longest step, as a Euclidean norm
  /// @param reportsLeast with fewer there is no step
  /// @param scaleMin and `scaleMax` bound every scale
  public record Stepping(
      double rate, double stepMax, int reportsLeast, double scaleMin, double scaleMax) {
    public Stepping {
      check(rate > 0 && rate <= 1e6, "the rate is a number above 0");
      check(stepMax > 0 && stepMax <= 1e6, "the longest step is a number above 0");
      check(reportsLeast >= 1, "a step needs a report");
      check(
          scaleMin >= -SCALE_MAX && scaleMin <= scaleMax && scaleMax <= SCALE_MAX,
          "scales are from -16 to 16");
    }
  }

  /// @throws IllegalArgumentException when a number is out of its bounds
  public FeedbackPeriod {
    scales = List.copyOf(scales);
    check(!scales.isEmpty() && scales.size() <= ADAPTERS_MAX, "there are from 1 to 64 adapters");
    check(perturbation > 0 && perturbation <= SCALE_MAX, "the perturbation is from 0 to 16");
    check(answersMax >= 1 && answersMax <= ANSWERS_MAX, "a user has from 1 to 4096 answers");
    for (double scale : scales) {
      check(
          scale >= stepping.scaleMin() && scale <= stepping.scaleMax(),
          "a scale is out of its bounds");
    }
  }

  private static void check(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException("Feedback: " + rule + ".");
    }
  }

  /// The name of the period, over all that it says.
  public Digest name() {
    ByteBuffer numbers =
        ByteBuffer.allocate((scales.size() + 6) * Double.BYTES + 3 * Integer.BYTES)
            .putInt(scales.size())
            .putInt(answersMax)
            .putInt(stepping.reportsLeast())
            .putDouble(perturbation)
            .putDouble(response.epsilon())
            .putDouble(stepping.rate())
            .putDouble(stepping.stepMax())
            .putDouble(stepping.scaleMin())
            .putDouble(stepping.scaleMax());
    scales.forEach(numbers::putDouble);
    return Digest.over(NAME_DOMAIN, seed.toBytes(), numbers.array());
  }

  /// The coins of an answer: bit `i`, from the lowest, is 1 when scale `i` is moved up. They are
  /// the first eight bytes, big-endian, of the SHA-256 of `peermind/v1/feedback`, a zero byte, the
  /// name of the period, the user's id and the number of the answer as four bytes, big-endian.
  ///
  /// @param answer of this user in this period, from 0
  public long direction(NodeId user, int answer) {
    return direction(name(), user, answer);
  }

  static long direction(Digest name, NodeId user, int answer) {
    byte[] number = ByteBuffer.allocate(Integer.BYTES).putInt(answer).array();
    return ByteBuffer.wrap(Sha256.of(DOMAIN, name.toBytes(), user.toBytes(), number)).getLong();
  }

  /// The scales that an answer with these coins is computed with.
  public List<Double> served(long direction) {
    List<Double> served = new ArrayList<>(scales.size());
    for (int i = 0; i < scales.size(); i++) {
      served.add(scales.get(i) + (isUp(direction, i) ? perturbation : -perturbation));
    }
    return served;
  }

  static boolean isUp(long direction, int adapter) {
    return ((direction >>> adapter) & 1) != 0;
  }
}
