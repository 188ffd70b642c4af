// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

@NullMarked
package org.peermind.federated.feedback;

import org.jspecify.annotations.NullMarked;
