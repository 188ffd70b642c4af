// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.inference;

import java.nio.channels.SocketChannel;

record OpensChannel(SocketChannel channel) {}
