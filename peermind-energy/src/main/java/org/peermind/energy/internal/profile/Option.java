// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import org.jspecify.annotations.Nullable;

/// A setting of a profile that the owner may change, seen by expressions as `$name` and by requests
/// as `{name}`.
///
/// @param otherwise its default, null when the owner must give it
/// @param secret whether it is a password or token, which no log or message shows
public record Option(String name, String meaning, @Nullable String otherwise, boolean secret) {}
