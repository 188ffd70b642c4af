// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.protocol.RefusalCode;

/// What an engine's failure is called between nodes.
///
/// @param elsewhere whether another inferer might do what this one did not
record EngineRefusal(RefusalCode code, boolean elsewhere) {
  static EngineRefusal of(FailureKind kind) {
    return switch (kind) {
      case CRASHED, DEADLINE -> new EngineRefusal(RefusalCode.INFERER_FAILED, true);
      case CONTEXT_TOO_LONG -> new EngineRefusal(RefusalCode.CONTEXT_TOO_LONG, false);
      case BAD_REQUEST -> new EngineRefusal(RefusalCode.BAD_REQUEST, false);
      case BUSY -> new EngineRefusal(RefusalCode.NO_CAPACITY, true);
      case UNLOADED, PREEMPTED -> new EngineRefusal(RefusalCode.NO_POWER, true);
    };
  }
}
