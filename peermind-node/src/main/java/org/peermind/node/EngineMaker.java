// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.time.InstantSource;
import java.util.concurrent.Executor;
import org.peermind.inference.Engine;
import org.peermind.inference.EngineLifecycle;
import org.peermind.inference.ModelSpec;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.role.ModelBays;
import org.peermind.node.role.ServedFiles;
import org.peermind.protocol.ServedModel;

/// Makes what loads a model on this machine, as its owner configured the engine.
///
/// @param isExternal whether a server of the owner's answers, whose model is not ours to change
record EngineMaker(
    Engine engine,
    NodeConfig.Engine config,
    EngineLifecycle.Policy policy,
    InstantSource clock,
    Executor loader,
    boolean isExternal)
    implements ModelBays.Maker {

  @Override
  public EngineLifecycle of(ServedFiles files, ServedModel model) {
    if (isExternal) {
      throw new IllegalStateException(
          "This node answers by a server of its owner's, which Peermind gives no other model.");
    }
    return of(
        new ModelSpec(
                files.model(),
                files.sha256(),
                model.contextTokens() * config.slots(),
                config.slots(),
                config.threads())
            .withAdapter(files.adapter()));
  }

  EngineLifecycle of(ModelSpec spec) {
    return new EngineLifecycle(
        engine,
        spec,
        policy,
        clock,
        loader,
        task -> Thread.ofPlatform().name("model-unloader").daemon().start(task));
  }
}
