// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

@NullMarked
package org.peermind.node.federated.data;

import org.jspecify.annotations.NullMarked;
