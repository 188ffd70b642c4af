// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.Activation;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.Watts;

/// A report as a test describes it: full sun and two free slots unless it says otherwise.
final class Sketch {
  static final ModelHash DEMO = new ModelHash("d".repeat(64));

  Activation activation = Activation.FULL;
  OptionalDouble headroomWatts = OptionalDouble.of(900);
  OptionalDouble batteryPercent = OptionalDouble.empty();
  String source = "pv";
  boolean simulated;
  boolean declaredPower;
  boolean unverifiedPower;
  boolean continuation = true;
  boolean verified = true;
  int slots = 2;
  int slotsFree = 2;
  int contextTokens = 2_048;
  String model = "demo";
  ModelHash hash = DEMO;
  String reason = "";
  Duration clockAhead = Duration.ZERO;
  @Nullable Instant nextPower;
  NodeId home = Stage.SELF;

  Sketch off(String why) {
    activation = Activation.OFF;
    headroomWatts = OptionalDouble.of(0);
    reason = why;
    return this;
  }

  Sketch activation(Activation chosen) {
    activation = chosen;
    return this;
  }

  Sketch headroom(OptionalDouble watts) {
    headroomWatts = watts;
    return this;
  }

  Sketch battery(double percent) {
    batteryPercent = OptionalDouble.of(percent);
    return this;
  }

  Sketch source(String text) {
    source = text;
    return this;
  }

  Sketch simulated() {
    simulated = true;
    return this;
  }

  Sketch declaredPower() {
    declaredPower = true;
    return this;
  }

  Sketch unverifiedPower() {
    unverifiedPower = true;
    return this;
  }

  Sketch withoutContinuation() {
    continuation = false;
    return this;
  }

  Sketch declared() {
    verified = false;
    return this;
  }

  Sketch slots(int free, int all) {
    slotsFree = free;
    slots = all;
    return this;
  }

  Sketch context(int tokens) {
    contextTokens = tokens;
    return this;
  }

  Sketch model(String name, ModelHash sha256) {
    model = name;
    hash = sha256;
    return this;
  }

  Sketch clockAhead(Duration error) {
    clockAhead = error;
    return this;
  }

  Sketch nextPower(Instant instant) {
    nextPower = instant;
    return this;
  }

  Sketch homedAt(NodeId referee) {
    home = referee;
    return this;
  }

  HeadroomReport draw(long sequence, String previousSha256Hex, Instant now) {
    return new HeadroomReport(
        sequence,
        previousSha256Hex,
        now.plus(clockAhead),
        activation,
        headroomWatts.isPresent()
            ? Optional.of(Watts.of(headroomWatts.getAsDouble()))
            : Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        1,
        "measured",
        batteryPercent,
        source,
        "test",
        simulated,
        declaredPower,
        unverifiedPower,
        slots,
        slotsFree,
        List.of(new ServedModel(hash, model, contextTokens, continuation, verified)),
        reason,
        Optional.ofNullable(nextPower),
        Optional.empty(),
        home,
        Optional.empty());
  }
}
