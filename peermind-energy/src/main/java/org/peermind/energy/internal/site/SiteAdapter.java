// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.device.Device;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.DeviceStatus;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Machine;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.SiteStatus;

/// A site: every device is asked by a thread of its own, in its own rhythm, so that one that hangs
/// holds up no other. A reading merges what was heard last; what is too old counts as not heard.
public final class SiteAdapter implements EnergyAdapter {
  /// How long the first reading waits for devices that have not been heard yet.
  private static final Duration FIRST_WAIT = Duration.ofSeconds(5);

  private static final Duration AGAIN_SOON = Duration.ofSeconds(1);

  private final String name;
  private final @Nullable Place place;
  private final Duration pollInterval;
  private final List<Watched> devices;
  private final CountDownLatch unheard;

  /// @param name in the configuration
  /// @param place where the panels are, null when the owner did not say
  /// @param time gives the instants at which devices failed
  SiteAdapter(
      String name,
      @Nullable Place place,
      Duration pollInterval,
      List<Watch> watches,
      InstantSource time) {
    this.name = name;
    this.place = place;
    this.pollInterval = pollInterval;
    this.unheard = new CountDownLatch(watches.size());
    this.devices = watches.stream().map(watch -> new Watched(watch, unheard, time)).toList();
    devices.forEach(Watched::start);
  }

  /// One device and how it is watched.
  record Watch(Device device, boolean check, Duration poll, Duration staleAfter) {}

  @Override
  public String name() {
    return name;
  }

  @Override
  public Duration pollInterval() {
    return pollInterval;
  }

  @Override
  public EnergySample read(Instant now) throws EnergyAdapterException {
    try {
      var _ = unheard.await(FIRST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException givenUp) {
      Thread.currentThread().interrupt();
      throw new EnergyAdapterException("The site was not heard in time.", givenUp);
    }
    return switch (SiteMerge.merge(parts(), place, now)) {
      case SiteMerge.Merged.Sampled sampled -> sampled.sample();
      case SiteMerge.Merged.Nothing nothing ->
          throw new EnergyAdapterException(nothing.sentences());
    };
  }

  private List<SitePart> parts() {
    return devices.stream().map(Watched::part).toList();
  }

  @Override
  public SiteStatus siteStatus(Instant now) {
    List<Watched.Seen> seen = devices.stream().map(Watched::seen).toList();
    List<SitePart> parts = new ArrayList<>();
    for (int i = 0; i < devices.size(); i++) {
      parts.add(devices.get(i).part(seen.get(i)));
    }
    SiteMerge.Merged merged = SiteMerge.merge(parts, place, now);
    List<DeviceStatus> statuses = new ArrayList<>();
    for (int i = 0; i < devices.size(); i++) {
      SitePart part = parts.get(i);
      String objection =
          part.role() == DeviceRole.ENGINE
              ? part.objection(now, true)
              : merged.objections().get(part);
      statuses.add(devices.get(i).status(seen.get(i), part, objection, now));
    }
    return switch (merged) {
      case SiteMerge.Merged.Sampled sampled -> new SiteStatus(statuses, sampled.remarks());
      case SiteMerge.Merged.Nothing _ -> new SiteStatus(statuses, List.of());
    };
  }

  @Override
  public Optional<Machine.Wall> wall() {
    return devices.stream().anyMatch(device -> device.role() == DeviceRole.ENGINE)
        ? Optional.of(now -> WallPlug.power(parts(), now))
        : Optional.empty();
  }

  @Override
  public void close() {
    devices.forEach(Watched::close);
  }

  /// One device on its thread.
  private static final class Watched {
    private final Watch watch;
    private final CountDownLatch unheard;
    private final InstantSource time;
    private volatile Seen seen;
    private final Thread thread;
    private volatile boolean closed;

    /// What is known of the device.
    ///
    /// @param heardAt when it last gave a reading
    /// @param isAgainSoon whether it failed for the first time after a reading
    record Seen(
        SitePart.Newest newest,
        @Nullable Instant heardAt,
        DeviceStatus.@Nullable Failure failure,
        @Nullable Instant nextTry,
        boolean isAgainSoon) {}

    Watched(Watch watch, CountDownLatch unheard, InstantSource time) {
      this.watch = watch;
      this.unheard = unheard;
      this.time = time;
      this.seen =
          new Seen(
              new SitePart.Newest.Missing(
                  "%s has not answered yet.".formatted(watch.device().label())),
              null,
              null,
              null,
              false);
      this.thread =
          Thread.ofVirtual().name("device-" + watch.device().label()).unstarted(this::run);
    }

    void start() {
      thread.start();
    }

    private void run() {
      boolean first = true;
      try {
        while (!closed) {
          boolean isLeftAlone = watch.device().rest().isPositive();
          SitePart.Newest newest = ask();
          seen = after(seen, newest, isLeftAlone);
          if (first) {
            unheard.countDown();
            first = false;
          }
          Thread.sleep(pause(seen.isAgainSoon()));
        }
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }

    private SitePart.Newest ask() throws InterruptedException {
      try {
        return new SitePart.Newest.Read(watch.device().read());
      } catch (EnergyAdapterException failed) {
        return new SitePart.Newest.Missing(failed.sentence());
      } catch (RuntimeException bug) {
        return new SitePart.Newest.Missing(
            "%s cannot be read (%s)."
                .formatted(watch.device().label(), bug.getClass().getSimpleName()));
      }
    }

    /// @param isLeftAlone whether the device was not to be asked: what is wrong was said before
    private Seen after(Seen before, SitePart.Newest newest, boolean isLeftAlone) {
      Instant now = time.instant();
      return switch (newest) {
        case SitePart.Newest.Read(DeviceReading reading) ->
            new Seen(newest, reading.receivedAt(), before.failure(), now.plus(watch.poll()), false);
        case SitePart.Newest.Missing(String sentence) -> {
          boolean isFirst = before.newest() instanceof SitePart.Newest.Read;
          Duration rest = watch.device().rest();
          Duration poll = pause(isFirst);
          boolean isSame = isLeftAlone && !isFirst && before.failure() != null;
          yield new Seen(
              isSame ? before.newest() : newest,
              before.heardAt(),
              isSame ? before.failure() : new DeviceStatus.Failure(sentence, now),
              now.plus(rest.compareTo(poll) > 0 ? rest : poll),
              isFirst);
        }
      };
    }

    /// A single lost answer is asked for again soon: without it the whole site is not known.
    private Duration pause(boolean isAgainSoon) {
      return isAgainSoon && watch.poll().compareTo(AGAIN_SOON) > 0 ? AGAIN_SOON : watch.poll();
    }

    Seen seen() {
      return seen;
    }

    DeviceRole role() {
      return watch.device().role();
    }

    SitePart part() {
      return part(seen);
    }

    SitePart part(Seen known) {
      return new SitePart(
          watch.device().label(),
          role(),
          watch.check(),
          watch.device().unverified(),
          watch.staleAfter(),
          known.newest());
    }

    DeviceStatus status(Seen known, SitePart part, @Nullable String objection, Instant now) {
      return new DeviceStatus(
          part.label(),
          watch.device().profile().name(),
          part.role(),
          part.check(),
          watch.device().profile().verified(),
          part.current(now).orElse(null),
          known.heardAt(),
          objection,
          known.failure(),
          known.nextTry());
    }

    void close() {
      closed = true;
      thread.interrupt();
      watch.device().close();
    }
  }
}
