// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.device.Device;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Place;

/// A site: every device is asked by a thread of its own, in its own rhythm, so that one that hangs
/// holds up no other. A reading merges what was heard last; what is too old counts as not heard.
public final class SiteAdapter implements EnergyAdapter {
  /// How long the first reading waits for devices that have not been heard yet.
  private static final Duration FIRST_WAIT = Duration.ofSeconds(5);

  private final String name;
  private final @Nullable Place place;
  private final Duration pollInterval;
  private final List<Watched> devices;
  private final CountDownLatch unheard;

  /// @param name in the configuration
  /// @param place where the panels are, null when the owner did not say
  SiteAdapter(String name, @Nullable Place place, Duration pollInterval, List<Watch> watches) {
    this.name = name;
    this.place = place;
    this.pollInterval = pollInterval;
    this.unheard = new CountDownLatch(watches.size());
    this.devices = watches.stream().map(watch -> new Watched(watch, unheard)).toList();
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
    List<SitePart> parts = new ArrayList<>();
    devices.forEach(device -> parts.add(device.part()));
    return switch (SiteMerge.merge(parts, place, now)) {
      case SiteMerge.Merged.Sampled(EnergySample sample, var _) -> sample;
      case SiteMerge.Merged.Nothing(String sentences) ->
          throw new EnergyAdapterException(sentences);
    };
  }

  @Override
  public void close() {
    devices.forEach(Watched::close);
  }

  /// One device on its thread.
  private static final class Watched {
    private final Watch watch;
    private final CountDownLatch unheard;
    private volatile SitePart.Newest newest;
    private final Thread thread;
    private volatile boolean closed;

    Watched(Watch watch, CountDownLatch unheard) {
      this.watch = watch;
      this.unheard = unheard;
      this.newest =
          new SitePart.Newest.Missing("%s has not answered yet.".formatted(watch.device().label()));
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
          newest = ask();
          if (first) {
            unheard.countDown();
            first = false;
          }
          Thread.sleep(watch.poll());
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

    SitePart part() {
      return new SitePart(
          watch.device().label(),
          watch.device().role(),
          watch.check(),
          watch.device().unverified(),
          watch.staleAfter(),
          newest);
    }

    void close() {
      closed = true;
      thread.interrupt();
      watch.device().close();
    }
  }
}
