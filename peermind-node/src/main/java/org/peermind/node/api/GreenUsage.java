// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.OptionalDouble;
import java.util.TreeSet;
import org.peermind.node.query.AnswerEvent;
import org.peermind.protocol.GreenReceipt;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;

/// What inferers signed about the energy of an answer, as an object `peermind` within `usage`:
/// clients ignore fields of a usage that they do not know. What one of them does not know is
/// "unknown" for the whole answer; no figure is filled in.
final class GreenUsage {
  private static final String UNKNOWN = "\"unknown\"";

  private GreenUsage() {}

  static String json(AnswerEvent.Done done) {
    List<GreenReceipt> receipts = receipts(done);
    // An inferer that was killed signed nothing.
    boolean complete =
        done.everyPartSigned() && !receipts.isEmpty() && receipts.size() == done.receipts().size();
    return "{\"watt_hours\":"
        + (complete ? number(wattHours(receipts)) : UNKNOWN)
        + ",\"renewable_share\":"
        + (complete ? number(renewableShare(receipts)) : UNKNOWN)
        + ",\"source\":"
        + words(receipts.stream().map(GreenReceipt::source).toList())
        + ",\"place\":"
        + words(receipts.stream().map(receipt -> receipt.place().geohash()).toList())
        + ",\"trust_level\":"
        + receipts.stream().mapToInt(GreenReceipt::trustLevel).min().orElse(0)
        + ",\"declared\":"
        + receipts.stream().anyMatch(GreenReceipt::declared)
        + ",\"method\":"
        + words(receipts.stream().map(receipt -> receipt.method().text()).toList())
        + served(receipts)
        + ",\"continuations\":"
        + done.continuations()
        + ",\"complete\":"
        + complete
        + ",\"receipts\":["
        + String.join(",", done.receipts().stream().map(GreenUsage::base64).toList())
        + "]}";
  }

  /// Those that say what a receipt says; whoever asked the inferer has checked that it signed.
  private static List<GreenReceipt> receipts(AnswerEvent.Done done) {
    List<GreenReceipt> receipts = new ArrayList<>();
    for (SignedEnvelope envelope : done.receipts()) {
      try {
        receipts.add(GreenReceipt.open(envelope, envelope.signer()));
      } catch (ProtocolException malformed) {
        // Then the answer's receipts are not complete, which is told.
      }
    }
    return receipts;
  }

  private static OptionalDouble wattHours(List<GreenReceipt> receipts) {
    return receipts.stream().allMatch(receipt -> receipt.wattHours().isPresent())
        ? OptionalDouble.of(
            receipts.stream().mapToDouble(receipt -> receipt.wattHours().orElse(0)).sum())
        : OptionalDouble.empty();
  }

  /// Weighted by energy; by tokens where energies are not known.
  private static OptionalDouble renewableShare(List<GreenReceipt> receipts) {
    if (!receipts.stream().allMatch(receipt -> receipt.renewableShare().isPresent())) {
      return OptionalDouble.empty();
    }
    boolean byEnergy = wattHours(receipts).orElse(0) > 0;
    double weights = 0;
    double green = 0;
    for (GreenReceipt receipt : receipts) {
      double weight =
          byEnergy ? receipt.wattHours().orElse(0) : Math.max(1, receipt.completionTokens());
      weights += weight;
      green += weight * receipt.renewableShare().orElse(0);
    }
    return OptionalDouble.of(Math.clamp(green / weights, 0, 1));
  }

  private static String number(OptionalDouble value) {
    return value.isPresent() ? Double.toString(value.getAsDouble()) : UNKNOWN;
  }

  /// Each once, joined by a plus sign.
  private static String words(List<String> words) {
    return words.isEmpty() ? UNKNOWN : ApiJson.quoted(String.join("+", new TreeSet<>(words)));
  }

  /// The models that answered, each with its update: what an inferer signed for, not just a name.
  private static String served(List<GreenReceipt> receipts) {
    return receipts.isEmpty()
        ? ""
        : ",\"served\":" + words(receipts.stream().map(receipt -> receipt.model().hex()).toList());
  }

  private static String base64(SignedEnvelope envelope) {
    return "\"" + Base64.getEncoder().encodeToString(envelope.wire().toByteArray()) + "\"";
  }
}
