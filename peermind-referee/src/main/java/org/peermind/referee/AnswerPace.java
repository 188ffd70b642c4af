// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import org.peermind.protocol.ModelHash;

/// How long the answers of each model took lately, exponentially weighted, so that a waiting user
/// can be told how long it will take. The [#MODELS_MAX] models that answered last are remembered.
final class AnswerPace {
  static final int MODELS_MAX = 256;

  /// Before any answer has ended: 500 tokens at 25 tokens a second.
  static final double UNMEASURED_SECONDS = 20;

  private static final double WAIT_SECONDS_MAX = 3_600;
  private static final double WEIGHT_OF_NEWEST = 0.2;

  private final LinkedHashMap<ModelHash, Double> secondsByModel = new LinkedHashMap<>();

  void answered(ModelHash model, Duration took) {
    double seconds = took.toMillis() / 1e3;
    Double before = secondsByModel.get(model);
    double mean = before == null ? seconds : before + WEIGHT_OF_NEWEST * (seconds - before);
    secondsByModel.putLast(model, mean);
    if (secondsByModel.size() > MODELS_MAX) {
      secondsByModel.pollFirstEntry();
    }
  }

  /// How long the request at a position waits until `slots` busy slots have served those before it
  /// and one is free again; an hour at most.
  ///
  /// @param models any of which satisfies the request
  Duration expectedWait(List<ModelHash> models, int position, int slots) {
    double seconds =
        models.stream()
            .map(secondsByModel::get)
            .filter(known -> known != null)
            .mapToDouble(Double::doubleValue)
            .average()
            .orElse(UNMEASURED_SECONDS);
    double wait = seconds * position / Math.max(1, slots);
    return Duration.ofMillis((long) (Math.min(wait, WAIT_SECONDS_MAX) * 1e3));
  }
}
