// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.energy;

import java.net.Socket;

record OpensSocket(Socket socket) {}
