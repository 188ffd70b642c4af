// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.feedback;

/// What a user thought of an answer. It stays on his device.
public enum Opinion {
  WORSE,
  /// He did not say.
  NONE,
  BETTER
}
