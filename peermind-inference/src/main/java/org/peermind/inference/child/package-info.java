// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// The engine's child process; starts at [EngineChild].
///
/// A request goes through [Intake], which makes a [Tenant] of it on the thread that reads the link,
/// to [EngineLoop], whose thread owns the native context: [WaitingLine] says who is next,
/// [SlotTable] who has memory, [IdleConversations] what is kept, [Ticks] computes, and [Answer]
/// chooses tokens and releases text (ADR 0016).
@NullMarked
package org.peermind.inference.child;

import org.jspecify.annotations.NullMarked;
