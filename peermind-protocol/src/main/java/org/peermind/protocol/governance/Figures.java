// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import com.google.protobuf.ByteString;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.wire.FiguresPayload;

/// What one machine measured of one model. Speeds are thousandths of a token a second.
///
/// @param speedAlone of generation with one request at a time
/// @param speedByFour the sum over four requests at a time
/// @param ttftP50Millis time to first token, half of the requests
/// @param peakMib most memory that the model took
/// @param microWhPer1kTokens millionths of a watt-hour; empty when unknown
/// @param rightItems positions of the items that were answered rightly, from 0
public record Figures(
    long promptSpeed,
    long speedAlone,
    long speedByFour,
    long ttftP50Millis,
    long ttftP95Millis,
    long peakMib,
    long loadMillis,
    OptionalLong microWhPer1kTokens,
    Set<Integer> rightItems) {
  private static final long FIGURE_MAX = 1L << 40;

  public Figures {
    rightItems = Set.copyOf(rightItems);
    for (long figure :
        List.of(promptSpeed, speedAlone, speedByFour, ttftP50Millis, ttftP95Millis, peakMib)) {
      Fields.within(figure, 1, FIGURE_MAX, "a figure");
    }
    Fields.within(loadMillis, 0, FIGURE_MAX, "the time of loading");
    Fields.check(ttftP50Millis <= ttftP95Millis, "half of the requests took longer than 95 %");
    microWhPer1kTokens.ifPresent(energy -> Fields.within(energy, 1, FIGURE_MAX, "the energy"));
    rightItems.forEach(
        item -> Fields.within(item, 0, EvaluationReveal.ITEMS_MAX - 1L, "an item's position"));
  }

  boolean fits(int items) {
    return rightItems.stream().allMatch(item -> item < items);
  }

  FiguresPayload encode(int items) {
    byte[] bits = new byte[Math.ceilDiv(items, 8)];
    rightItems.forEach(item -> bits[item / 8] |= (byte) (1 << (item % 8)));
    FiguresPayload.Builder payload =
        FiguresPayload.newBuilder()
            .setPromptMilliTokensPerSecond(promptSpeed)
            .setMilliTokensPerSecondAlone(speedAlone)
            .setMilliTokensPerSecondByFour(speedByFour)
            .setTtftP50Ms(ttftP50Millis)
            .setTtftP95Ms(ttftP95Millis)
            .setPeakMib(peakMib)
            .setLoadMs(loadMillis)
            .setRightItems(ByteString.copyFrom(bits));
    microWhPer1kTokens.ifPresent(payload::setMicroWhPer1KTokens);
    return payload.build();
  }

  static Figures decode(FiguresPayload payload, int items) throws ProtocolException {
    if (items < 0
        || items > EvaluationReveal.ITEMS_MAX
        || payload.getRightItems().size() != Math.ceilDiv(items, 8)) {
      throw new ProtocolException("there is a bit for each item and no more");
    }
    Set<Integer> right = new TreeSet<>();
    BitSet.valueOf(payload.getRightItems().toByteArray()).stream().forEach(right::add);
    return new Figures(
        payload.getPromptMilliTokensPerSecond(),
        payload.getMilliTokensPerSecondAlone(),
        payload.getMilliTokensPerSecondByFour(),
        payload.getTtftP50Ms(),
        payload.getTtftP95Ms(),
        payload.getPeakMib(),
        payload.getLoadMs(),
        payload.hasMicroWhPer1KTokens()
            ? OptionalLong.of(payload.getMicroWhPer1KTokens())
            : OptionalLong.empty(),
        right);
  }
}
