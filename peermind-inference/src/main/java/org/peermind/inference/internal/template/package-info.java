// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Chat templates: the Jinja text inside a GGUF turned into the text of a prompt, by an interpreter
/// of our own that reads JSON-like data only, remembers of every character whether the template or
/// a message brought it, and stops at fixed bounds (ADR 0014).
@NullMarked
package org.peermind.inference.internal.template;

import org.jspecify.annotations.NullMarked;
