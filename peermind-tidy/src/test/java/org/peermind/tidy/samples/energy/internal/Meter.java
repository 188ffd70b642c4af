// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.energy.internal;

import java.net.Socket;

public record Meter(Socket socket) {}
