// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.TrafficShare;

/// What the name [org.peermind.protocol.ServedModel#NETWORK] stands for now.
///
/// @param incumbent the model that the network adopted; empty while it adopted none
/// @param trial of another one
public record NetworkModel(Optional<ModelHash> incumbent, Optional<Trial> trial) {
  /// Nothing was adopted.
  public static final NetworkModel NONE = new NetworkModel(Optional.empty(), Optional.empty());

  /// A model in its stages, and the questions that go to it.
  public record Trial(ModelHash model, TrafficShare share) {}

  /// The models for a question, the first choice first; the others take it when the first has
  /// nobody to answer. Empty while the network adopted none.
  List<ModelHash> of(Id16 request) {
    Stream<ModelHash> tried = trial.map(Trial::model).stream();
    return trial.map(one -> one.share().takes(request)).orElse(false)
        ? Stream.concat(tried, incumbent.stream()).distinct().toList()
        : Stream.concat(incumbent.stream(), tried).distinct().toList();
  }
}
