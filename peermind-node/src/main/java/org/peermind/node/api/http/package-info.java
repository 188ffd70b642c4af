// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// A thin port to whatever HTTP server carries the API, so that the server could change
/// (`docs/adr`): [HttpPort] listens, [HttpHandler] is called on a virtual thread per request with
/// an [HttpExchange]. [HelidonHttpPort] is the one implementation; it adds what Helidon leaves to
/// its users: deadlines for slow clients, notice of a client that went away, and a close that lets
/// the client read its answer.
@NullMarked
package org.peermind.node.api.http;

import org.jspecify.annotations.NullMarked;
