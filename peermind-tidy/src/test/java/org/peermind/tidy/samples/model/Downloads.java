// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.tidy.samples.model;

import java.net.http.HttpClient;

record Downloads(HttpClient client) {}
