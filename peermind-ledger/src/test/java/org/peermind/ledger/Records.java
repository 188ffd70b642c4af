// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.UserLease;

/// Signed records for ledgers that do not care what they say.
final class Records {
  static final NetworkName NETWORK = new NetworkName("garden");
  static final Instant START = Instant.parse("2026-06-21T10:00:00Z");
  static final IdentityKey REFEREE = IdentityKey.generate(new SecureRandom());
  private static final NodeId ID = REFEREE.id();

  private static final Map<Integer, SignedEnvelope> SIGNED = new ConcurrentHashMap<>();

  private Records() {}

  /// The same object for the same number, so that it is signed once.
  static SignedEnvelope record(int number) {
    return SIGNED.computeIfAbsent(number, Records::sign);
  }

  private static SignedEnvelope sign(int number) {
    return new UserLease(NETWORK, ID, ID, ID, START.plusSeconds(number)).sign(REFEREE);
  }

  static SignedEnvelope forged(int number) throws ProtocolException {
    SignedEnvelope good = record(number);
    return SignedEnvelope.of(
        good.wire().toBuilder().setPayload(record(number + 1).wire().getPayload()).build());
  }

  static LocalLog open(LogStorage storage, int segmentBytesMax) throws Exception {
    return LocalLog.open(storage, NETWORK, REFEREE, LedgerRules.OPEN, START, segmentBytesMax);
  }

  static LedgerAudit audit(LogStorage storage) throws Exception {
    return LedgerAudit.of(storage, Optional.empty(), _ -> {});
  }
}
