// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.GenerationRequest;

/// How one kind of server is asked what it is, loads, unloads, and says what it holds. Only [#load]
/// and answers may make a server load a model; everything else is free of that effect, so that it
/// may be asked while there is no power.
interface Dialect {
  /// The longest wait for a small answer.
  Duration PATIENCE = Duration.ofSeconds(3);

  /// Name and version, as the owner would say it, such as `ollama 0.9.1`.
  String name();

  /// Whether the server works at all.
  boolean isHealthy(ServerLink link) throws InterruptedException;

  /// Names of the models that can be asked for.
  List<String> models(ServerLink link) throws ServerException, InterruptedException;

  /// Has the model loaded and returns when it is ready, or as near to it as this server lets one.
  void load(ServerLink link, String model, Duration patience)
      throws ServerException, InterruptedException;

  /// The longest prompt and answer together of the loaded model, where the server tells.
  OptionalInt contextTokens(ServerLink link, String model)
      throws ServerException, InterruptedException;

  /// Asks for the model's memory back.
  ///
  /// @return false when this server has no such request
  boolean unload(ServerLink link, String model) throws ServerException, InterruptedException;

  /// Whether the model's weights are in the memory that counts now.
  Presence presence(ServerLink link, String model) throws ServerException, InterruptedException;

  /// What has to be switched on at the server for [#unload] to work, in words that end a sentence.
  String unloadAdvice();

  /// Adds what this server needs in the body of a request.
  default void complete(ObjectNode body, GenerationRequest request) {}

  /// What this server can do besides answering, as its documentation says.
  default EngineFeatures features() {
    return EngineFeatures.none();
  }

  /// What a server says about a model.
  enum Presence {
    LOADED,
    GONE,
    UNTOLD
  }
}
