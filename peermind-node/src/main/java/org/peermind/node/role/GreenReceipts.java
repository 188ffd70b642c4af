// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicBoolean;
import org.peermind.energy.EnergyDecision;
import org.peermind.protocol.GreenReceipt;
import org.peermind.protocol.GreenReceipt.Method;
import org.peermind.protocol.Id16;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.SignedEnvelope;

/// Signs what the answers of the own engine cost (design section 6, step 7). Watts are those of a
/// meter, else those that the owner declared for the engine; without either the energy of a receipt
/// is unknown. Safe for use by several threads.
public final class GreenReceipts {
  private final IdentityKey key;
  private final PlaceCell place;
  private final Site site;
  private final InstantSource clock;
  private final EnergyShares shares = new EnergyShares();
  private PowerMix mix = PowerMix.UNKNOWN;
  private Instant lastUnmeasured = Instant.MIN;
  private boolean isUnmeasured = true;
  private Instant lastDeclared = Instant.MIN;

  /// What the owner declares.
  ///
  /// @param isDrawDeclared whether the engine's draw was stated; a default is nobody's statement
  /// @param hasBattery whether the site has a battery
  /// @param isBatteryRenewable whether only renewable power charges it
  public record Site(boolean isDrawDeclared, boolean hasBattery, boolean isBatteryRenewable) {}

  public GreenReceipts(IdentityKey key, PlaceCell place, Site site, InstantSource clock) {
    this.key = key;
    this.place = place;
    this.site = site;
    this.clock = clock;
  }

  boolean isDrawDeclared() {
    return site.isDrawDeclared();
  }

  /// Takes in what the energy path saw and what the engine draws.
  ///
  /// @param declaredWatts by its owner's word
  /// @param measuredWatts by a meter, empty when there is none
  synchronized void decided(
      EnergyDecision decision, double declaredWatts, OptionalDouble measuredWatts) {
    OptionalDouble declared =
        site.isDrawDeclared() ? OptionalDouble.of(declaredWatts) : OptionalDouble.empty();
    boolean isMeasured = measuredWatts.isPresent();
    OptionalDouble known = isMeasured ? measuredWatts : declared;
    PowerMix newMix = PowerMix.of(decision, known, site.hasBattery(), site.isBatteryRenewable());
    if (isUnmeasured || !isMeasured) {
      lastUnmeasured = clock.instant(); // what was unmeasured until now ends now
    }
    isUnmeasured = !isMeasured;
    if (mix.declared() || newMix.declared()) {
      lastDeclared = clock.instant(); // what was declared until now ends now
    }
    mix = newMix;
    shares.now(clock.instant(), known, mix.renewableShare());
  }

  /// An answer's energy is measured only if it was all the time.
  private synchronized Method method(EnergyShares.Part part, Instant begun) {
    if (part.wattHours().isEmpty()) {
      return Method.UNKNOWN;
    }
    return isUnmeasured || lastUnmeasured.isAfter(begun) ? Method.DECLARED_DRAW : Method.MEASURED;
  }

  /// An answer is labelled as soon as some of its power was declared.
  private synchronized boolean declared(Instant begun) {
    return mix.declared() || lastDeclared.isAfter(begun);
  }

  /// Begins to count for an answer.
  ///
  /// @param session what the receipt will be for
  synchronized Open begin(Id16 session, ModelHash model) {
    return new Open(session, model, shares.begin(clock.instant()));
  }

  private synchronized EnergyShares.Part end(Instant now, EnergyShares.Mark begun) {
    return shares.end(now, begun);
  }

  private synchronized EnergyShares.Part soFar(Instant now, EnergyShares.Mark begun) {
    return shares.soFar(now, begun);
  }

  private synchronized PowerMix mix() {
    return mix;
  }

  /// An answer that is being counted. Closing it ends the count; a receipt can be had once.
  final class Open implements AutoCloseable {
    private final Id16 session;
    private final ModelHash model;
    private final EnergyShares.Mark begun;
    private final Instant started = clock.instant();
    private final AtomicBoolean ended = new AtomicBoolean();

    private Open(Id16 session, ModelHash model, EnergyShares.Mark begun) {
      this.session = session;
      this.model = model;
      this.begun = begun;
    }

    /// Ends the count and signs it; empty when it was ended before.
    ///
    /// @param completionTokens computed here
    Optional<SignedEnvelope> sign(int promptTokens, int completionTokens) {
      if (!ended.compareAndSet(false, true)) {
        return Optional.empty();
      }
      Instant now = clock.instant();
      return Optional.of(sign(end(now, begun), promptTokens, completionTokens, now));
    }

    /// Signs the count so far of an answer that goes on; empty when the count was ended.
    Optional<SignedEnvelope> signSoFar(int promptTokens, int completionTokens) {
      if (ended.get()) {
        return Optional.empty();
      }
      Instant now = clock.instant();
      return Optional.of(sign(soFar(now, begun), promptTokens, completionTokens, now));
    }

    private SignedEnvelope sign(
        EnergyShares.Part part, int promptTokens, int completionTokens, Instant now) {
      PowerMix source = mix();
      boolean declared = declared(started);
      return new GreenReceipt(
              session,
              model,
              promptTokens,
              completionTokens,
              part.wattHours(),
              method(part, started),
              part.renewableShare(),
              source.source(),
              place,
              declared ? 0 : source.trustLevel(),
              source.quality(),
              declared,
              now)
          .sign(key);
    }

    @Override
    public void close() {
      if (ended.compareAndSet(false, true)) {
        end(clock.instant(), begun);
      }
    }
  }
}
