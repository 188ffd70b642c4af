// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.nio.file.Path;
import java.util.Optional;
import org.peermind.inference.AdapterFile;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.AdaptedModel;
import org.peermind.protocol.governance.Digest;

/// What the engine loads for a served model.
///
/// @param model the model's file
/// @param sha256 of that file
/// @param adapter what it is computed with
public record ServedFiles(Path model, ModelHash sha256, Optional<AdapterFile> adapter) {
  /// A model as it is.
  public static ServedFiles plain(Path model, ModelHash sha256) {
    return new ServedFiles(model, sha256, Optional.empty());
  }

  /// The name under which answers are given.
  public ModelHash identity() {
    return AdaptedModel.identity(sha256, adapter.map(one -> new Digest(one.sha256().hex())));
  }
}
