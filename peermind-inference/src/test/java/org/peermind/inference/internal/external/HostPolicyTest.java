// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostPolicyTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "[::1]",
        "192.168.7.9",
        "10.1.2.3",
        "172.16.0.1",
        "169.254.1.1",
        "[fd12:3456::1]",
        "[fe80::1]"
      })
  void allowsThisMachineAndTheLocalNetwork(String host) {
    assertThatCode(() -> HostPolicy.check(host, false)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"8.8.8.8", "172.32.0.1", "[2001:4860::8888]"})
  void refusesOtherHosts_unlessTheOwnerAllowsThem(String host) {
    assertThatThrownBy(() -> HostPolicy.check(host, false))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("would leave the owner's machines")
        .hasMessageContaining("model.allow-remote");
    assertThatCode(() -> HostPolicy.check(host, true)).doesNotThrowAnyException();
  }

  @Test
  void saysThatAnUnknownHostIsUnknown() {
    assertThatThrownBy(() -> HostPolicy.check("no-such-host.invalid", false))
        .satisfies(
            thrown ->
                assertThat(((ServerException) thrown).kind())
                    .isEqualTo(ServerException.Kind.UNREACHABLE));
  }
}
