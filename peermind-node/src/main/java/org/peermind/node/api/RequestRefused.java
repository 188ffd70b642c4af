// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

/// A request that the allow-list does not let through. Its message never quotes what the request
/// contained.
final class RequestRefused extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient ApiError error;

  RequestRefused(ApiError error) {
    super(error.message());
    this.error = error;
  }

  static RequestRefused field(String param, String code, String message) {
    return new RequestRefused(ApiError.invalidField(param, code, message));
  }

  /// @param shown the name, if it looks like one
  static RequestRefused unknown(String shown) {
    return field(shown, "unknown_parameter", shown + " is not a field this API knows.");
  }

  ApiError error() {
    return error;
  }
}
