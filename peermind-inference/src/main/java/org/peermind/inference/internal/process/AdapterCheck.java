// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.process;

import java.io.IOException;
import java.nio.file.Files;
import org.peermind.inference.AdapterFile;
import org.peermind.inference.EngineException;
import org.peermind.model.GgufException;
import org.peermind.model.ModelDigest;
import org.peermind.model.lora.LoraAdapter;
import org.peermind.model.lora.LoraAdapterFile;
import org.peermind.protocol.ModelHash;

/// Looks at an adapter's file in Java before native code sees it: the library ends its process over
/// some damaged ones, and the model with it.
public final class AdapterCheck {
  private AdapterCheck() {}

  /// Returns how many bytes the adapter takes.
  ///
  /// @param family the model's, as its own file says it
  /// @throws EngineException with one sentence when the file is not there, not the one that was
  ///   named, no sound adapter or for another family
  public static long check(AdapterFile adapter, String family) throws EngineException {
    try {
      if (!Files.isRegularFile(adapter.file())) {
        throw new EngineException("There is no adapter file at " + adapter.file() + ".");
      }
      long bytes = Files.size(adapter.file());
      if (bytes > LoraAdapterFile.BYTES_MAX) {
        throw new EngineException(
            "The adapter file %s has %d bytes, and at most %d are allowed."
                .formatted(adapter.file(), bytes, LoraAdapterFile.BYTES_MAX));
      }
      ModelHash found = ModelDigest.sha256(adapter.file());
      if (!found.equals(adapter.sha256())) {
        throw new EngineException(
            "The adapter file %s is not the adapter %s but %s; fetch it again."
                .formatted(adapter.file(), adapter.sha256().shortText(), found.shortText()));
      }
      LoraAdapter read = LoraAdapterFile.read(adapter.file());
      if (!read.architecture().equals(family)) {
        throw new EngineException(
            "The adapter file %s is for models of the family %s, and this one is of %s."
                .formatted(
                    adapter.file(), read.architecture(), family.replaceAll("\\p{Cntrl}", "?")));
      }
      return bytes;
    } catch (GgufException e) {
      throw new EngineException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new EngineException(
          "The adapter file %s cannot be read: %s.".formatted(adapter.file(), e.getMessage()), e);
    }
  }
}
