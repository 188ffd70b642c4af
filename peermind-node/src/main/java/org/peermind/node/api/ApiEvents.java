// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.time.Duration;

/// Told what the API did, for metrics and logs. Nothing here carries what a client wrote.
public interface ApiEvents {
  /// Hears nothing.
  ApiEvents NONE =
      new ApiEvents() {
        @Override
        public void requestEnded(String route, int status, Duration took) {}

        @Override
        public void clientLeft(String route) {}

        @Override
        public void failedUnexpectedly(String route, String exceptionClass, String at) {}
      };

  /// An exchange ended. `status` is the one sent; `route` is one of a few fixed names.
  void requestEnded(String route, int status, Duration took);

  /// A client closed its connection before its answer was complete.
  void clientLeft(String route);

  /// A bug: an exception nobody expected. Its message is withheld, because it may quote a prompt.
  ///
  /// @param at the innermost place in our code
  void failedUnexpectedly(String route, String exceptionClass, String at);
}
