// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Watts;

/// One named value of an event. The factories are the only way to make one, and none takes a string
/// as value: that is what keeps prompts and answers out of logs.
public final class Field {
  private static final double NANOS_PER_SECOND = 1e9;

  private final String key;
  private final Object value;

  private Field(String key, Object value) {
    this.key = key;
    this.value = value;
  }

  public static Field of(String key, long number) {
    return new Field(key, number);
  }

  public static Field of(String key, boolean flag) {
    return new Field(key, flag);
  }

  public static Field of(String key, Enum<?> word) {
    return new Field(key, word.name());
  }

  /// Words joined by commas.
  public static Field of(String key, Collection<? extends Enum<?>> words) {
    return new Field(key, String.join(",", words.stream().map(Enum::name).sorted().toList()));
  }

  public static Field of(String key, NodeId node) {
    return new Field(key, node.toString());
  }

  public static Field of(String key, ModelHash model) {
    return new Field(key, model.hex());
  }

  public static Field of(String key, Id16 id) {
    return new Field(key, id.toString());
  }

  public static Field of(String key, Word word) {
    return new Field(key, word.text());
  }

  /// In seconds; the key should end in `Seconds`.
  public static Field seconds(String key, Duration duration) {
    return new Field(key, secondsOf(duration));
  }

  /// In watts, or the word `unknown`; the key should end in `Watts`.
  public static Field watts(String key, Optional<Watts> power) {
    return new Field(key, power.<Object>map(Watts::value).orElse("unknown"));
  }

  public static Field reason(Reason reason) {
    return new Field("reason", reason.sentence());
  }

  static double secondsOf(Duration duration) {
    return duration.getSeconds() + duration.getNano() / NANOS_PER_SECOND;
  }

  public String key() {
    return key;
  }

  /// A `Long`, `Double`, `Boolean` or `String`.
  public Object value() {
    return value;
  }

  @Override
  public String toString() {
    return key + "=" + value;
  }
}
