// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/// Gives native memory back as soon as it can be: a tensor lives as long as its Java object, which
/// the scope that it was made in lets go.
final class Scopes {
  private Scopes() {}

  /// Runs `work` in a scope of its own. Only its result lives on, in the scope around.
  static Tensor only(Supplier<Tensor> work) {
    Tensor result = outliving(work);
    PointerScope around = PointerScope.getInnerScope();
    if (around != null) {
      around.attach(result);
      result.releaseReference();
    }
    return result;
  }

  /// Runs `work` in a scope of its own. Its result lives until somebody closes it.
  static Tensor outliving(Supplier<Tensor> work) {
    try (PointerScope _ = new PointerScope()) {
      return work.get().retainReference();
    }
  }
}
