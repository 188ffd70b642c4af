// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// A node's directory: its configuration, its key and what it remembers. Everything read here is
/// checked once, with a sentence for the owner when it is wrong.
@NullMarked
package org.peermind.node.config;

import org.jspecify.annotations.NullMarked;
