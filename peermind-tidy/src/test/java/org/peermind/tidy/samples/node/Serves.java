// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.node;

import com.sun.net.httpserver.HttpServer;

record Serves(HttpServer server) {}
