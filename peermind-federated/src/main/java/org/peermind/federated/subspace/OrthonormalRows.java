// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.subspace;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.peermind.protocol.Sha256;
import org.peermind.protocol.governance.Digest;

/// Draws a matrix with orthonormal rows from a seed: rows of random signs, made orthogonal one
/// after the other by modified Gram-Schmidt, twice. Only additions, products, quotients and square
/// roots of doubles in one order, which IEEE 754 rounds alike everywhere, so every machine draws
/// the same bits. (Signs give as good a random subspace as normal values, without logarithms and
/// cosines, which machines round differently: Achlioptas, 2003.)
final class OrthonormalRows {
  private static final byte[] DOMAIN = "peermind/v1/rows\0".getBytes(StandardCharsets.UTF_8);

  /// What is left of a row of signs is at least this share of it, or the row is drawn anew.
  private static final double LEFT_MIN = 1e-3;

  private OrthonormalRows() {}

  static float[] draw(Digest seed, String tensor, int rank, int in) {
    double[][] rows = new double[rank][];
    int attempt = 0;
    for (int row = 0; row < rank; row++) {
      double[] drawn;
      double left;
      do {
        drawn = signs(seed, tensor, row, attempt++, in);
        double before = norm(drawn);
        orthogonalise(drawn, rows, row);
        orthogonalise(drawn, rows, row);
        left = norm(drawn) / before;
      } while (left < LEFT_MIN);
      double norm = norm(drawn);
      for (int column = 0; column < in; column++) {
        drawn[column] /= norm;
      }
      rows[row] = drawn;
    }
    float[] flat = new float[rank * in];
    for (int row = 0; row < rank; row++) {
      for (int column = 0; column < in; column++) {
        flat[row * in + column] = (float) rows[row][column];
      }
    }
    return flat;
  }

  private static void orthogonalise(double[] drawn, double[][] rows, int count) {
    for (int row = 0; row < count; row++) {
      double along = dot(drawn, rows[row]);
      for (int column = 0; column < drawn.length; column++) {
        drawn[column] -= along * rows[row][column];
      }
    }
  }

  private static double[] signs(Digest seed, String tensor, int row, int attempt, int in) {
    double[] signs = new double[in];
    byte[] name = tensor.getBytes(StandardCharsets.UTF_8);
    int bits = Sha256.BYTES * Byte.SIZE;
    for (int block = 0; block * bits < in; block++) {
      byte[] counters =
          ByteBuffer.allocate(3 * Integer.BYTES).putInt(row).putInt(attempt).putInt(block).array();
      byte[] hash = Sha256.of(DOMAIN, seed.toBytes(), counters, name);
      for (int bit = 0; bit < bits && block * bits + bit < in; bit++) {
        signs[block * bits + bit] = ((hash[bit / 8] >> (bit % 8)) & 1) == 0 ? -1 : 1;
      }
    }
    return signs;
  }

  private static double norm(double[] vector) {
    return Math.sqrt(dot(vector, vector));
  }

  private static double dot(double[] left, double[] right) {
    double sum = 0;
    for (int column = 0; column < left.length; column++) {
      sum += left[column] * right[column];
    }
    return sum;
  }
}
