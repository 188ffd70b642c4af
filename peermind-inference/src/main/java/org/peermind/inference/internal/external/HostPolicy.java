// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/// Where prompts may be sent: this machine and the local network, unless the owner allows more.
final class HostPolicy {
  private HostPolicy() {}

  /// Checks every address that the name stands for now. The system keeps an answer for some
  /// seconds, so that the connection that follows goes to what was checked.
  static void check(String host, boolean allowRemote) throws ServerException {
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(host);
    } catch (UnknownHostException unknown) {
      throw new ServerException(
          ServerException.Kind.UNREACHABLE, "The host " + host + " of model.url is unknown.");
    }
    for (InetAddress address : addresses) {
      if (!allowRemote && !isNear(address)) {
        throw new ServerException(
            ServerException.Kind.FORBIDDEN,
            "model.url names the host "
                + host
                + " outside the local network, so every prompt would leave the owner's machines;"
                + " set model.allow-remote: true if that is wanted.");
      }
    }
  }

  static boolean isNear(InetAddress address) {
    return address.isLoopbackAddress()
        || address.isSiteLocalAddress()
        || address.isLinkLocalAddress()
        || isUniqueLocal(address);
  }

  /// fc00::/7 (RFC 4193), which the JDK does not count as local.
  private static boolean isUniqueLocal(InetAddress address) {
    return address instanceof Inet6Address && (address.getAddress()[0] & 0xfe) == 0xfc;
  }
}
