// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// Rotary positions (Su and others, 2021) of the first columns of a batch.
final class Rotation {
  private final boolean interleaved;
  private final long pairs;
  private final Tensor cosines;
  private final Tensor sines;
  private final Tensor turns;

  /// @param longer by how much each pair's wave is longer than the row of waves says; or empty
  Rotation(
      NetworkShape shape,
      NetworkShape.Turning turning,
      float[] longer,
      int columns,
      TorchDevice device) {
    this.interleaved = shape.family().interleaved();
    this.pairs = shape.keyWidth() / 2;
    int width = shape.keyWidth() / 2;
    float[] cosine = new float[columns * width];
    float[] sine = new float[columns * width];
    for (int pair = 0; pair < width; pair++) {
      double speed =
          turning.scale()
              * Math.pow(turning.base(), -(double) pair / width)
              / (longer.length == 0 ? 1 : longer[pair]);
      for (int position = 0; position < columns; position++) {
        cosine[position * width + pair] = (float) Math.cos(position * speed);
        sine[position * width + pair] = (float) Math.sin(position * speed);
      }
    }
    this.cosines = device.tensor(cosine, 1, columns, 1, width);
    this.sines = device.tensor(sine, 1, columns, 1, width);
    this.turns = torch.view_as_complex(torch.stack(new TensorVector(cosines, sines), -1));
  }

  /// Turns heads (rows x columns x heads x width) to their positions.
  Tensor turn(Tensor heads) {
    if (interleaved) {
      long[] paired = {heads.size(0), heads.size(1), heads.size(2), pairs, 2};
      Tensor turned = torch.view_as_complex(heads.reshape(paired)).mul(turns);
      return torch.view_as_real(turned).flatten(3, 4);
    }
    Tensor first = heads.narrow(3, 0, pairs);
    Tensor second = heads.narrow(3, pairs, pairs);
    Tensor turnedFirst = first.mul(cosines).sub(second.mul(sines));
    Tensor turnedSecond = second.mul(cosines).add(first.mul(sines));
    return torch.cat(new TensorVector(turnedFirst, turnedSecond), 3);
  }
}
