// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.protocol;

import org.peermind.tidy.samples.model.Gguf;

final class SeesModel {
  int count(Gguf[] files) {
    return files.length;
  }
}
