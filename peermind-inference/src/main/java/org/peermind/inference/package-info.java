// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Loading a model, streaming tokens, and giving the memory back (design section 12).
///
/// Start at [org.peermind.inference.Engine]: [org.peermind.inference.NativeEngine] runs llama.cpp
/// in a child process, [org.peermind.inference.ScriptedEngine] plays an answer from a script.
/// [org.peermind.inference.EngineLifecycle] makes an engine follow the energy path's activation.
/// What runs inside the child begins at [org.peermind.inference.child.EngineChild].
@NullMarked
package org.peermind.inference;

import org.jspecify.annotations.NullMarked;
