// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import io.grpc.Status;
import io.netty.handler.ssl.NotSslRecordException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/// Turns what gRPC reports of a failed or ended stream into one sentence for a person.
final class DialFailures {
  private static final int CAUSES_MAX = 16;

  private DialFailures() {}

  static String sentence(String address, Status status) {
    Throwable cause = status.getCause();
    for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++) {
      String sentence = sentence(address, cause);
      if (!sentence.isEmpty()) {
        return sentence;
      }
      cause = cause.getCause();
    }
    String description = status.getDescription();
    return switch (status.getCode()) {
      case OK -> "The referee at " + address + " ended the attachment.";
      case UNIMPLEMENTED -> "What listens at " + address + " is no Peermind referee.";
      case RESOURCE_EXHAUSTED ->
          "A message between this node and the referee at " + address + " was larger than allowed.";
      case UNAVAILABLE -> unavailable(address, description);
      default ->
          description == null
              ? "The connection to the referee at " + address + " was lost."
              : "The connection to the referee at %s was lost: %s"
                  .formatted(address, PeerText.clean(description));
    };
  }

  private static String unavailable(String address, String description) {
    if (description == null || description.isBlank()) {
      return "The connection to the referee at " + address + " was lost.";
    }
    if (description.startsWith("Unable to resolve host")) {
      return unknownHost(address);
    }
    // A referee that refuses says so in a sentence; gRPC's own words for a broken connection, such
    // as "Network closed for unknown reason", are none and help nobody.
    String clean = PeerText.clean(description);
    return clean.endsWith(".")
        ? clean
        : "The connection to the referee at " + address + " was lost.";
  }

  private static String sentence(String address, Throwable cause) {
    return switch (cause) {
      case NodeTrust.Refusal refusal -> refusal.sentence();
      case UnknownHostException _ -> unknownHost(address);
      case ConnectException connect when isTimeout(connect) -> timeout(address);
      case NoRouteToHostException _ ->
          "No network route leads to " + address + "; check the connection of this machine.";
      case ConnectException _ ->
          "Nothing listens at " + address + "; check that the referee runs and its address.";
      case NotSslRecordException _ ->
          "What listens at " + address + " does not speak TLS, so it is no Peermind referee.";
      case TimeoutException _ -> timeout(address);
      // Wrapped around a refusal that a deeper cause explains.
      case SSLException handshake when handshake.getCause() != null -> "";
      case SSLException handshake ->
          "No secure connection to %s could be made: %s."
              .formatted(address, PeerText.clean(String.valueOf(handshake.getMessage())));
      case SocketException _ -> "The connection to the referee at " + address + " was lost.";
      default -> "";
    };
  }

  private static boolean isTimeout(ConnectException connect) {
    return String.valueOf(connect.getMessage()).contains("timed out");
  }

  private static String timeout(String address) {
    return "Nothing answers at " + address + "; check the address and the firewalls between.";
  }

  private static String unknownHost(String address) {
    return "The host name of " + address + " is not known; check the referee's address.";
  }
}
