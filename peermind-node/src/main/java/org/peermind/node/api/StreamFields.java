// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

/// Whether an answer comes as server-sent events, and what ends them.
///
/// @param includeUsage end the stream with a chunk that counts tokens
record StreamFields(boolean stream, boolean includeUsage) {
  private static final FieldRules OPTIONS = FieldRules.only("include_usage", "include_obfuscation");

  static StreamFields of(JsonFields fields) throws RequestRefused {
    JsonFields options = fields.object("stream_options");
    OPTIONS.check(options);
    return new StreamFields(fields.flag("stream"), options.flag("include_usage"));
  }
}
