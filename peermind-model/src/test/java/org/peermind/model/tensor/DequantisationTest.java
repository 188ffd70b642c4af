// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.model.TensorEncoding;
import org.peermind.model.TensorType;
import org.peermind.testkit.Property;

/// That the engine decodes the same bits is tested beside the engine.
class DequantisationTest {
  @Test
  void decodesWhatWasEncoded_withinTheRoundingOfTheType() {
    Property.forAll(
        1,
        20,
        random -> {
          float[] values = new float[32 * (1 + random.nextInt(700))];
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
          }
          assertThat(decoded(TensorType.F32, values)).isEqualTo(values);
          assertRounded(values, decoded(TensorType.F16, values), 0x1p-11, 0);
          assertRounded(values, decoded(TensorType.BF16, values), 0x1p-8, 0);
          assertRounded(values, decoded(TensorType.Q8_0, values), 0x1p-11, 6.0 / 254);
        });
  }

  @Test
  void roundsHalvesToEven_whenEncodingBf16() {
    float[] values = {
      1, 1 + 0x1p-8f, 1 + 0x3p-8f, -0f, Float.NEGATIVE_INFINITY, Float.NaN, Float.MAX_VALUE
    };

    assertThat(decoded(TensorType.BF16, values))
        .containsExactly(
            1, 1, 1 + 0x1p-6f, -0f, Float.NEGATIVE_INFINITY, Float.NaN, Float.POSITIVE_INFINITY);
  }

  @Test
  void decodesHandMadeBlock_whenQ4() {
    byte[] block = new byte[TensorType.Q4_0.blockBytes()];
    block[1] = 0x40; // half 2.0
    Arrays.fill(block, 2, block.length, (byte) 0x98);
    block[2] = (byte) 0xf0;
    float[] values = new float[32];

    Dequantisation.decode(TensorType.Q4_0, MemorySegment.ofArray(block), values, 0, 32);

    float[] expected = new float[32];
    Arrays.fill(expected, 16, 32, 2);
    expected[0] = -16;
    expected[16] = 14;
    assertThat(values).isEqualTo(expected);
  }

  @Test
  void decodesHandMadeScales_whenQ4K() {
    byte[] block = new byte[TensorType.Q4_K.blockBytes()];
    block[1] = 0x3c; // scale 1.0
    block[3] = 0x3c; // minimum 1.0
    block[4] = (byte) 0xc5; // scale of part 0 is 5, upper bits of scale of part 4 are 3
    block[8] = (byte) 0x42; // minimum of part 0 is 2, upper bits of minimum of part 4 are 1
    block[12] = (byte) 0x71; // part 4: lower bits of the scale 1, of the minimum 7
    Arrays.fill(block, 16, block.length, (byte) 0x03);
    float[] values = new float[256];

    Dequantisation.decode(TensorType.Q4_K, MemorySegment.ofArray(block), values, 0, 256);

    float[] expected = new float[256];
    Arrays.fill(expected, 0, 32, 5 * 3 - 2);
    Arrays.fill(expected, 128, 160, (3 * 16 + 1) * 3 - (16 + 7));
    assertThat(values).isEqualTo(expected);
  }

  @Test
  void writesOnlyWhereItIsTold() {
    float[] values = {7, 7, 7, 7, 7};
    byte[] bytes = TensorEncoding.encode(TensorType.F16, new float[] {1, 2});

    Dequantisation.decode(TensorType.F16, MemorySegment.ofArray(bytes), values, 2, 2);

    assertThat(values).containsExactly(7, 7, 1, 2, 7);
  }

  @Test
  void refusesLengthsThatDoNotFit() {
    float[] target = new float[64];
    MemorySegment block = MemorySegment.ofArray(new byte[34]);
    for (int count : List.of(-32, 1, 31, 33, 64, 0)) {
      assertThatThrownBy(() -> Dequantisation.decode(TensorType.Q8_0, block, target, 0, count))
          .isInstanceOf(IllegalArgumentException.class);
    }
    for (int offset : List.of(-1, 33, Integer.MAX_VALUE)) {
      assertThatThrownBy(() -> Dequantisation.decode(TensorType.Q8_0, block, target, offset, 32))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void saysWhichTypesItKnows() {
    assertThat(Dequantisation.supports(TensorType.Q6_K)).isTrue();
    assertThat(Dequantisation.supports(TensorType.IQ2_XS)).isFalse();
    assertThatThrownBy(
            () ->
                Dequantisation.decode(
                    TensorType.Q4_1, MemorySegment.ofArray(new byte[20]), new float[32], 0, 32))
        .hasMessageContaining("Q4_1 cannot be decoded")
        .hasMessageContaining("Q5_K");
  }

  private static float[] decoded(TensorType type, float[] values) {
    float[] decoded = new float[values.length];
    MemorySegment bytes = MemorySegment.ofArray(TensorEncoding.encode(type, values));
    Dequantisation.decode(type, bytes, decoded, 0, values.length);
    return decoded;
  }

  private static void assertRounded(
      float[] values, float[] decoded, double relative, double absolute) {
    for (int i = 0; i < values.length; i++) {
      assertThat((double) decoded[i])
          .isCloseTo(values[i], within(Math.abs(values[i]) * relative + absolute + 0x1p-25));
    }
  }
}
