// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

@NullMarked
package org.peermind.federated.forward;

import org.jspecify.annotations.NullMarked;
