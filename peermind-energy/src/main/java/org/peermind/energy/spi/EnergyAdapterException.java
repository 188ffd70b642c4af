// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

/// A device gave no usable answer. The message is one sentence saying what, where and what to do.
public final class EnergyAdapterException extends Exception {
  private final String sentence;

  public EnergyAdapterException(String sentence) {
    super(sentence);
    this.sentence = sentence;
  }

  public EnergyAdapterException(String sentence, Throwable cause) {
    super(sentence, cause);
    this.sentence = sentence;
  }

  public String sentence() {
    return sentence;
  }
}
