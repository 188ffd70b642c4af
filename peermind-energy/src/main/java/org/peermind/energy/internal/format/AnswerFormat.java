// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import org.peermind.energy.spi.SettingsReader;

/// One form of answers: JSON, Modbus registers, frames in hexadecimal.
///
/// Every answer is text, also that of a Modbus or MQTT device: its transport writes down what it
/// read, and the live path, a recording and a profile's own sample all go through the same
/// decoding.
public interface AnswerFormat {
  /// The longest answer that is looked at, in characters.
  int ANSWER_CHARACTERS_MAX = 1 << 20;

  /// The document that a profile's expressions see: a map, a list, a number, a word or a flag.
  /// Nulls and the device's own marks for "not known" are left out.
  ///
  /// @throws UnreadableAnswer when the text is not of this form
  Object document(String answer) throws UnreadableAnswer;

  /// Builds a format from its section of a profile.
  @FunctionalInterface
  interface Factory {
    /// @param section the answer's section of the profile; each format asks for its own keys
    AnswerFormat create(SettingsReader section);
  }
}
