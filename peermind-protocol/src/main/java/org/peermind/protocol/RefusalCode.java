// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import java.util.Locale;
import java.util.Optional;

/// Why a question was not answered. The code travels; the sentence beside it is for a person.
public enum RefusalCode {
  /// No inferer of the model has renewable power now.
  NO_POWER,
  /// Inferers have power but no free slot.
  NO_CAPACITY,
  /// Nobody in the network serves the model.
  UNKNOWN_MODEL,
  /// The network has as many users as its active inferers may carry (spec section 7).
  NO_USER_SLOT,
  /// The user has spent its tokens of the hour.
  BUDGET_SPENT,
  /// No referee can be reached.
  NO_REFEREE,
  /// Prompt and answer do not fit the model's context.
  CONTEXT_TOO_LONG,
  /// The request makes no sense to the inferer.
  BAD_REQUEST,
  /// The inferer stopped, stalled or lost its engine.
  INFERER_FAILED;

  /// The form used in messages and in the API's error objects.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<RefusalCode> of(String text) {
    for (RefusalCode code : values()) {
      if (code.text().equals(text)) {
        return Optional.of(code);
      }
    }
    return Optional.empty();
  }
}
