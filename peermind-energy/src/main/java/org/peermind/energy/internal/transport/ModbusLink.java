// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.format.RegisterKind;
import org.peermind.energy.internal.format.Registers;
import org.peermind.energy.internal.transport.Transport.Surroundings;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SettingsReader;

/// The link to one Modbus device. A connection that fails once is thrown away, because a late
/// response could be taken for that of a later request; the next one is tried after a pause that
/// doubles from one second to one minute, and that a good answer ends.
final class ModbusLink implements DeviceLink {
  private static final int RANGE_REGISTERS_MAX = 100;
  private static final Duration PAUSE_FIRST = Duration.ofSeconds(1);
  private static final Duration PAUSE_MAX = Duration.ofMinutes(1);
  private static final int WALKS_MAX = 16;

  private final Settings settings;
  private final Surroundings surroundings;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Map<String, SunSpecWalk> walks = new LinkedHashMap<>();

  /// Written under the lock of this link, so that [#close] finds what is to be ended.
  private @Nullable ModbusConnection connection;

  private long lastExchangeNanos;
  private Duration pause = Duration.ZERO;
  private Instant failedAt = Instant.MIN;

  /// @param registersMax of one request; 0 for the usual
  record Settings(
      String host,
      int port,
      int unit,
      Duration patience,
      Duration settle,
      Duration pauseBetween,
      int registersMax) {
    String device(int unit) {
      return "%s:%d, unit %d".formatted(host, port, unit);
    }
  }

  ModbusLink(Settings settings, Surroundings surroundings) {
    this.settings = settings;
    this.surroundings = surroundings;
  }

  @Override
  public Answer ask(SettingsReader section) throws EnergyAdapterException, InterruptedException {
    ModbusRequest request = checked(section);
    int unit = request.unit().orElse(settings.unit());
    Registers registers = new Registers(unit);
    Exchange exchange =
        new Exchange(unit, System.nanoTime() + surroundings.patience().toNanos(), request);
    try {
      connected();
      if (request.bases().isEmpty()) {
        ranges(request, exchange, registers);
      } else {
        walk(unit, request).read(request, exchange::read, registers);
      }
      pause = Duration.ZERO;
      return new Answer(registers.text(), surroundings.time().instant());
    } catch (ModbusFailure failed) {
      if (Thread.interrupted()) { // which also ends a wait for the device
        drop();
        throw new InterruptedException();
      }
      if (failed.linkBroken()) {
        lost();
      }
      throw new EnergyAdapterException(
          "The Modbus device at %s gives no registers: %s."
              .formatted(
                  settings.device(unit), isClosed() ? "the link is closed" : failed.clause()));
    } catch (InterruptedException interrupted) {
      drop(); // its response may still come
      throw interrupted;
    }
  }

  /// The profile was checked when it was read, but not what the owner's options put into it.
  private static ModbusRequest checked(SettingsReader section) throws EnergyAdapterException {
    ModbusRequest request = ModbusRequest.of(section);
    try {
      section.finish();
      return request;
    } catch (SettingsException wrong) {
      throw new EnergyAdapterException(String.valueOf(wrong.getMessage()));
    }
  }

  private void ranges(ModbusRequest request, Exchange exchange, Registers registers)
      throws ModbusFailure, InterruptedException {
    for (ModbusRequest.Range range : request.ranges()) {
      try {
        registers.put(
            range.kind(),
            range.address(),
            exchange.read(range.kind(), range.address(), range.count()));
      } catch (ModbusFailure refused) {
        if (!request.absentAllowed() || !refused.absent()) {
          throw refused;
        }
      }
    }
  }

  private SunSpecWalk walk(int unit, ModbusRequest request) {
    if (walks.size() >= WALKS_MAX) {
      walks.clear();
    }
    return walks.computeIfAbsent(unit + " " + request.bases(), _ -> new SunSpecWalk());
  }

  /// Reads registers on the connection at hand, until its deadline.
  private final class Exchange {
    private final int unit;
    private final long deadlineNanos;
    private final int most;

    Exchange(int unit, long deadlineNanos, ModbusRequest request) {
      this.unit = unit;
      this.deadlineNanos = deadlineNanos;
      int usual = request.bases().isEmpty() ? RANGE_REGISTERS_MAX : ModbusConnection.REGISTERS_MAX;
      this.most = settings.registersMax() == 0 ? usual : settings.registersMax();
    }

    List<Integer> read(RegisterKind kind, int address, int count)
        throws ModbusFailure, InterruptedException {
      List<Integer> words = new ArrayList<>(count);
      while (words.size() < count) {
        int next = Math.min(most, count - words.size());
        words.addAll(one(kind, address + words.size(), next));
      }
      return words;
    }

    private List<Integer> one(RegisterKind kind, int address, int count)
        throws ModbusFailure, InterruptedException {
      rest(settings.pauseBetween().toNanos() - (System.nanoTime() - lastExchangeNanos));
      Duration left = Duration.ofNanos(deadlineNanos - System.nanoTime());
      ModbusConnection open = current();
      if (!left.isPositive()) {
        throw ModbusFailure.link("not all of the responses came in time");
      }
      try {
        Duration patience = settings.patience().compareTo(left) < 0 ? settings.patience() : left;
        return open.read(kind, unit, address, count, patience);
      } finally {
        lastExchangeNanos = System.nanoTime();
      }
    }
  }

  private void connected() throws ModbusFailure, InterruptedException {
    if (hasConnection()) {
      return;
    }
    Duration left = rest();
    if (left.isPositive()) {
      throw ModbusFailure.waiting(left);
    }
    ModbusConnection fresh = new ModbusConnection();
    adopt(fresh);
    fresh.connect(settings.host(), settings.port(), settings.patience());
    rest(settings.settle().toNanos());
    lastExchangeNanos = System.nanoTime() - settings.pauseBetween().toNanos();
  }

  @Override
  public Duration rest() {
    if (failedAt.equals(Instant.MIN)) {
      return Duration.ZERO;
    }
    Duration since = Duration.between(failedAt, surroundings.time().instant());
    return since.isNegative() || since.compareTo(pause) >= 0 ? Duration.ZERO : pause.minus(since);
  }

  private void rest(long nanos) throws ModbusFailure, InterruptedException {
    if (nanos > 0 && closed.await(nanos, TimeUnit.NANOSECONDS)) {
      throw ModbusFailure.link("the link is closed");
    }
  }

  private synchronized boolean hasConnection() {
    return connection != null;
  }

  private synchronized ModbusConnection current() throws ModbusFailure {
    if (connection == null || isClosed()) {
      throw ModbusFailure.link("the link is closed");
    }
    return connection;
  }

  private synchronized void adopt(ModbusConnection fresh) throws ModbusFailure {
    if (isClosed()) {
      fresh.close();
      throw ModbusFailure.link("the link is closed");
    }
    connection = fresh;
  }

  private void lost() {
    drop();
    walks.clear();
    pause =
        pause.isZero()
            ? PAUSE_FIRST
            : pause.multipliedBy(2).compareTo(PAUSE_MAX) < 0 ? pause.multipliedBy(2) : PAUSE_MAX;
    failedAt = surroundings.time().instant();
  }

  private synchronized void drop() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  @Override
  public void close() {
    closed.countDown();
    drop();
  }
}
