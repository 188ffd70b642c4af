// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Constrained decoding: which tokens may come next when an answer must be JSON, valid by a JSON
/// Schema, or calls of tools (ADR 0013).
///
/// The way through: [ConstraintCompiler] reads a constraint. [SchemaText] bounds the schema before
/// it is parsed, [SchemaCompiler] turns it into [Rule]s over [Dfa]s of bytes ([RegexCompiler],
/// [DecimalRange], [JsonText]), or refuses it with a sentence. [Configuration] is where a text
/// stands in the rules: a set of stacks that one byte at a time moves on. [TokenMasks] finds with a
/// [TokenTrie] which tokens fit there, and [TokenConstraint] is what the engine asks for one
/// answer, through [ConstrainedSampler]. [ToolCallParser] reads the calls from what was written.
///
/// All of it is a function of the constraint and the tokens so far: an inferer that continues an
/// answer pushes the delivered tokens through a new [TokenConstraint] and stands where the first
/// one stood. Nothing here is safe for several threads; the engine's thread owns it.
@NullMarked
package org.peermind.inference.internal.constraint;

import org.jspecify.annotations.NullMarked;
