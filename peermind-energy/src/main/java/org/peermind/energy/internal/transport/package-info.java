// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// How devices are reached. A [org.peermind.energy.internal.transport.Transport] opens a
/// [org.peermind.energy.internal.transport.DeviceLink], which asks one thing at a time and gives
/// the answer as text. Every wait has a deadline, every answer a longest size, every reconnect a
/// back-off; messages never carry a password or token.
@NullMarked
package org.peermind.energy.internal.transport;

import org.jspecify.annotations.NullMarked;
