// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Records of every kind, drawn from a seed.
final class Samples {
  static final Instant NOW = Instant.parse("2026-06-21T10:00:00Z");
  static final SecureRandom SECRETS = new SecureRandom();

  private static final String WORD = "abcdefghijklmnopqrstuvwxyz0123456789";
  private static final String CELL = "0123456789bcdefghjkmnpqrstuvwxyz";

  private Samples() {}

  static byte[] bytes(RandomGenerator random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  static Id16 id(RandomGenerator random) {
    return new Id16(random.nextLong(), random.nextLong());
  }

  static NodeId node(RandomGenerator random) {
    return NodeId.ofPublicKey(bytes(random, 32));
  }

  static ModelHash model(RandomGenerator random) {
    return new ModelHash(HexFormat.of().formatHex(bytes(random, 32)));
  }

  static String word(RandomGenerator random, int charactersMax) {
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(1, charactersMax + 1);
    for (int i = 0; i < length; i++) {
      text.append(WORD.charAt(random.nextInt(WORD.length())));
    }
    return text.toString();
  }

  static PlaceCell cell(RandomGenerator random) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      text.append(CELL.charAt(random.nextInt(CELL.length())));
    }
    return new PlaceCell(text.toString());
  }

  static Instant time(RandomGenerator random) {
    return NOW.plusMillis(random.nextLong(1, Duration.ofDays(400).toMillis()));
  }

  static NodeRecord nodeRecord(RandomGenerator random, NodeId node) throws ProtocolException {
    Set<Role> roles = Set.copyOf(List.of(pick(random, Role.values()), pick(random, Role.values())));
    return new NodeRecord(
        node,
        new NetworkName(word(random, 32)),
        random.nextLong(),
        roles,
        cell(random),
        HpkePublicKey.ofBytes(bytes(random, 32)),
        time(random),
        words(random, 0, 4),
        word(random, 40));
  }

  static Invitation invitation(RandomGenerator random, NodeId referee) {
    return new Invitation(
        new NetworkName(word(random, 32)), referee, words(random, 1, 4), time(random));
  }

  static Ticket ticket(RandomGenerator random) {
    Instant issued = time(random);
    return new Ticket(
        id(random),
        id(random),
        id(random),
        node(random),
        id(random),
        model(random),
        random.nextInt(1, 1_000_001),
        random.nextLong(),
        issued,
        issued.plusMillis(random.nextInt(1, 100_000)),
        new NetworkName(word(random, 32)));
  }

  static UserLease userLease(RandomGenerator random, NodeId referee) {
    return new UserLease(
        new NetworkName(word(random, 32)), node(random), node(random), referee, time(random));
  }

  static GreenReceipt receipt(RandomGenerator random) {
    boolean known = random.nextBoolean();
    return new GreenReceipt(
        id(random),
        model(random),
        random.nextInt(1_000_000),
        random.nextInt(1_000_000),
        known ? OptionalDouble.of(random.nextDouble(1e6)) : OptionalDouble.empty(),
        known ? GreenReceipt.Method.DECLARED_DRAW : GreenReceipt.Method.UNKNOWN,
        random.nextBoolean() ? OptionalDouble.of(random.nextDouble()) : OptionalDouble.empty(),
        word(random, 40),
        cell(random),
        random.nextInt(GreenReceipt.TRUST_LEVEL_MAX + 1),
        word(random, 40),
        random.nextBoolean(),
        time(random));
  }

  static OfferReply offerReply(RandomGenerator random) {
    return random.nextBoolean()
        ? OfferReply.accepted(id(random), id(random))
        : OfferReply.declined(id(random), word(random, 300));
  }

  static HeadroomReport report(RandomGenerator random) {
    int slots = random.nextInt(1_025);
    List<ServedModel> models = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      models.add(
          new ServedModel(
              model(random),
              word(random, 100),
              random.nextInt(1, 1_000_000),
              random.nextBoolean(),
              random.nextBoolean()));
    }
    return new HeadroomReport(
        random.nextLong(1, Long.MAX_VALUE),
        random.nextBoolean() ? "" : model(random).hex(),
        time(random),
        pick(random, Activation.values()),
        watts(random),
        watts(random),
        watts(random),
        random.nextDouble(),
        word(random, 40),
        random.nextBoolean() ? OptionalDouble.empty() : OptionalDouble.of(random.nextDouble(100)),
        word(random, 40),
        word(random, 40),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean(),
        slots,
        random.nextInt(slots + 1),
        models,
        word(random, 300),
        random.nextBoolean() ? Optional.empty() : Optional.of(time(random)),
        expected(random),
        node(random),
        random.nextBoolean() ? Optional.empty() : Optional.of(measured(random)));
  }

  private static MeasuredPower measured(RandomGenerator random) {
    return new MeasuredPower(
        watts(random),
        watts(random),
        watts(random),
        watts(random),
        watts(random),
        random.nextBoolean() ? OptionalDouble.empty() : OptionalDouble.of(random.nextDouble(1e6)),
        random.nextBoolean(),
        random.nextBoolean() ? Optional.empty() : Optional.of(time(random)));
  }

  private static <T> T pick(RandomGenerator random, T[] from) {
    return from[random.nextInt(from.length)];
  }

  private static Optional<ExpectedPower> expected(RandomGenerator random) {
    double low = random.nextDouble(1e6);
    return switch (random.nextInt(3)) {
      case 0 -> Optional.empty();
      case 1 -> Optional.of(new ExpectedPower(Optional.empty(), new Watts(low)));
      default -> Optional.of(new ExpectedPower(Optional.of(new Watts(low)), new Watts(2 * low)));
    };
  }

  private static Optional<Watts> watts(RandomGenerator random) {
    return random.nextBoolean()
        ? Optional.empty()
        : Optional.of(new Watts(random.nextDouble(-1e6, 1e6)));
  }

  private static List<String> words(RandomGenerator random, int least, int most) {
    List<String> words = new ArrayList<>();
    for (int i = random.nextInt(least, most + 1); i > 0; i--) {
      words.add(word(random, 30) + ":4477");
    }
    return words;
  }
}
