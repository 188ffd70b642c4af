// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.model.TensorEncoding;
import org.peermind.model.TensorType;
import org.peermind.model.tensor.Dequantisation;

/// The tensors that this program decodes for its trainers against what the engine decodes: the same
/// bits, for blocks that the engine makes and for any bytes at all.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EngineBlocksTest {
  private static final int ELEMENTS = 256 * 200;

  private EngineBlocks engine;

  @BeforeAll
  void openLibrary(@TempDir Path directory) throws Exception {
    Path file = BundledLibrary.extract(directory);
    LlamaLibrary.open(file, Optional.empty()); // which fills the tables of the library
    engine = EngineBlocks.open(file);
  }

  @Test
  void decodesToTheBitsOfTheEngine_whenTheEngineMadeTheBlocks() throws Exception {
    SplittableRandom random = new SplittableRandom(11);
    for (double scale : new double[] {1e-6, 0.02, 1, 300}) {
      float[] values = new float[ELEMENTS];
      for (int i = 0; i < ELEMENTS; i++) {
        values[i] = (float) (random.nextGaussian() * scale + scale / 3);
      }
      for (TensorType type : compared()) {
        byte[] blocks = engine.encode(type, values);

        float[] ours = decode(type, blocks);

        assertSameBits(type, ours, engine.decode(type, blocks));
        if (scale > 1e-3) { // else half precision has no bits left for the scale of a block
          assertThat(meanError(values, ours)).as("%s", type).isLessThan(0.09 * scale);
        }
      }
    }
  }

  @Test
  void decodesToTheBitsOfTheEngine_whateverTheBytes() throws Exception {
    SplittableRandom random = new SplittableRandom(12);
    for (TensorType type : compared()) {
      byte[] blocks = new byte[ELEMENTS / type.blockElements() * type.blockBytes()];
      random.nextBytes(blocks);

      assertSameBits(type, decode(type, blocks), engine.decode(type, blocks));
    }
  }

  @Test
  void decodesEveryHalfPrecisionNumberLikeTheEngine() throws Exception {
    ByteBuffer every = ByteBuffer.allocate(2 << 16).order(ByteOrder.LITTLE_ENDIAN);
    for (int bits = 0; bits < 1 << 16; bits++) {
      every.putShort((short) bits);
    }
    for (TensorType type : EnumSet.of(TensorType.F16, TensorType.BF16)) {
      assertSameBits(type, decode(type, every.array()), engine.decode(type, every.array()));
    }
  }

  @Test
  void encodesHalfPrecisionNumbersLikeTheEngine() throws Exception {
    SplittableRandom random = new SplittableRandom(13);
    float[] values = new float[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) {
      float value = Float.intBitsToFloat(random.nextInt());
      values[i] = Float.isNaN(value) ? 1 : value;
    }
    for (TensorType type : EnumSet.of(TensorType.F16, TensorType.BF16)) {
      assertThat(TensorEncoding.encode(type, values)).isEqualTo(engine.encode(type, values));
    }
  }

  /// F32 is stored as it is, so the engine has no decoder for it.
  private static Set<TensorType> compared() {
    Set<TensorType> types = EnumSet.copyOf(Dequantisation.supported());
    types.remove(TensorType.F32);
    assertThat(types).hasSize(7);
    return types;
  }

  private static float[] decode(TensorType type, byte[] blocks) {
    int count = blocks.length / type.blockBytes() * type.blockElements();
    float[] values = new float[count];
    Dequantisation.decode(type, MemorySegment.ofArray(blocks), values, 0, count);
    return values;
  }

  private static void assertSameBits(TensorType type, float[] ours, float[] engines) {
    // Float.compare, unlike ==, tells zeros apart and takes every NaN for the same.
    assertThat(Arrays.mismatch(ours, engines)).as("%s", type).isEqualTo(-1);
  }

  private static double meanError(float[] values, float[] decoded) {
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += Math.abs(values[i] - decoded[i]);
    }
    return sum / values.length;
  }
}
