// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SystemLibrariesTest {
  /// Issue 2: a system without libgomp. The linker is really asked, for a name that no system has.
  @Test
  void namesThePackageToInstall_whenTheOpenMpLibraryIsMissing() {
    String absent = "libgomp-of-no-system.so.1";
    assertThat(SystemLibraries.missingOpenMp(absent).orElseThrow())
        .startsWith("The engine needs " + absent + ", which this system lacks (")
        .endsWith("install the package libgomp1 (Debian, Ubuntu) or libgomp (Fedora).")
        .hasLineCount(1);
  }

  /// Every Linux that runs a JVM has the C library.
  @Test
  void saysNothing_whenTheLibraryLoads() {
    assertThat(SystemLibraries.missingOpenMp("libc.so.6")).isEmpty();
  }
}
