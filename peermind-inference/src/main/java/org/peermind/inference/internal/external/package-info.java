// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// Talking to a server of somebody else's. [org.peermind.inference.internal.external.ServerLink] is
/// the bounded HTTP client, [org.peermind.inference.internal.external.EventLines] and
/// [org.peermind.inference.internal.external.ChatStream] read the streamed answer, a
/// [org.peermind.inference.internal.external.Dialect] knows how one kind of server loads and
/// unloads, and [org.peermind.inference.internal.external.Residency] joins them into a model that
/// is there or verifiably gone.
@NullMarked
package org.peermind.inference.internal.external;

import org.jspecify.annotations.NullMarked;
