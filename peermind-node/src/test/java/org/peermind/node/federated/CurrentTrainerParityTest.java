// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.peermind.inference.NativeStore;
import org.peermind.inference.NativeVariant;
import org.peermind.inference.Natives;
import org.peermind.model.RandomModel;

/// The same on llama.cpp 0.5.0, which loads Qwen 3 too.
@Tag("interop")
class CurrentTrainerParityTest extends TrainerParityTest {
  @Override
  Natives natives(Path scratch) throws Exception {
    String named = System.getProperty("peermind.native.dir", "");
    if (!named.isEmpty()) {
      return Natives.in(Path.of(named).toAbsolutePath(), false);
    }
    NativeStore store = new NativeStore(Path.of("target", "interop-natives"));
    Optional<Natives> installed = store.installed();
    return installed.isPresent()
        ? installed.get()
        : store.installByNpm(NativeVariant.CPU, (_, _) -> {});
  }

  @Override
  Stream<String> families() {
    return RandomModel.architectures().stream();
  }
}
