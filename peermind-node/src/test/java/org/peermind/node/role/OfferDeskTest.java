// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.Id16;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.OfferReply;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.wire.Offer;
import org.peermind.testkit.Property;
import org.peermind.testkit.VirtualClock;

class OfferDeskTest {
  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final IdentityKey referee = Parts.key();
  private final IdentityKey inferer = Parts.key();
  private final Slots slots = new Slots(2);
  private ModelHash served = Parts.MODEL;
  private Optional<String> notReady = Optional.empty();
  private final OfferDesk desk = deskOf(slots);

  private OfferDesk deskOf(Slots shared) {
    return new OfferDesk(
        inferer.id(),
        referee.id(),
        Parts.NETWORK,
        () -> served,
        shared,
        () -> notReady,
        clock,
        Parts.SECRETS);
  }

  private static Offer offer(Id16 id) {
    return Offer.newBuilder()
        .setOffer(ByteString.copyFrom(id.toBytes()))
        .setModelSha256(ByteString.copyFrom(Parts.MODEL.toBytes()))
        .build();
  }

  private Id16 accepted() throws ProtocolException {
    return desk.answer(offer(Parts.id())).nonce().orElseThrow();
  }

  private Ticket ticket(Id16 nonce) {
    return Parts.ticket(inferer.id(), nonce, clock.instant());
  }

  @Test
  void reservesASlotForAnAcceptedOffer_andDeclinesWhenNoneIsFree() throws Exception {
    assertThat(accepted()).isNotEqualTo(accepted());
    OfferReply third = desk.answer(offer(Parts.id()));
    assertThat(third.nonce()).isEmpty();
    assertThat(third.reason()).isEqualTo("All slots are taken.");
    assertThat(slots.free()).isZero();
  }

  @Test
  void declines_whenTheEngineMayNotWork() throws Exception {
    notReady = Optional.of("The sun has set.");
    assertThat(desk.answer(offer(Parts.id())).reason()).isEqualTo("The sun has set.");
    assertThat(slots.free()).isEqualTo(2);
  }

  @Test
  void declinesAnotherModel() throws Exception {
    Offer other =
        offer(Parts.id()).toBuilder()
            .setModelSha256(ByteString.copyFrom(new ModelHash("cd".repeat(32)).toBytes()))
            .build();
    assertThat(desk.answer(other).nonce()).isEmpty();
    assertThat(slots.free()).isEqualTo(2);
  }

  @Test
  void acceptsAnOfferOnce_soThatItsWithdrawalFreesEverySlotItTook() throws Exception {
    Id16 offer = Parts.id();
    assertThat(desk.answer(offer(offer)).nonce()).isPresent();
    assertThat(desk.answer(offer(offer)).nonce()).isEmpty();
    desk.withdraw(ByteString.copyFrom(offer.toBytes()));
    assertThat(slots.free()).isEqualTo(2);
    desk.withdraw(ByteString.copyFrom(offer.toBytes()));
    assertThat(slots.free()).isEqualTo(2);
  }

  @Test
  void takesATicketOnce() throws Exception {
    Ticket ticket = ticket(accepted());
    assertThat(desk.redeem(ticket.sign(referee))).isEqualTo(ticket);
    assertThatThrownBy(() -> desk.redeem(ticket.sign(referee)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("used before");
    assertThat(slots.free()).isEqualTo(1);
  }

  @Test
  void takesNoTicketWithoutItsNonce() throws Exception {
    Id16 unused = accepted();
    assertThat(unused).isNotNull();
    assertThatThrownBy(() -> desk.redeem(ticket(Parts.id()).sign(referee)))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void takesNoTicketAfterFortySeconds_andTheSlotIsFreeAgain() throws Exception {
    Ticket ticket = ticket(accepted());
    clock.advance(Duration.ofSeconds(40).plusMillis(1));
    assertThatThrownBy(() -> desk.redeem(ticket.sign(referee)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("too late");
    assertThat(slots.free()).isEqualTo(2);
  }

  @Test
  void takesATicketAtItsVeryLastMoment() throws Exception {
    Ticket ticket = ticket(accepted());
    clock.advance(Duration.ofSeconds(40));
    assertThat(desk.redeem(ticket.sign(referee))).isEqualTo(ticket);
  }

  @Test
  void takesNoForgedTicket() throws Exception {
    Ticket ticket = ticket(accepted());
    assertThatThrownBy(() -> desk.redeem(ticket.sign(Parts.key())))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("not signed by the referee");
    assertThat(desk.redeem(ticket.sign(referee))).isEqualTo(ticket);
  }

  @Test
  void takesNoTicketOfAnotherInfererNetworkOrModel() throws Exception {
    Ticket right = ticket(accepted());
    Ticket otherInferer = Parts.ticket(referee.id(), right.nonce(), clock.instant());
    Ticket otherNetwork = copy(right, right.model(), new NetworkName("other"));
    Ticket otherModel = copy(right, new ModelHash("cd".repeat(32)), right.network());
    for (Ticket wrong : List.of(otherInferer, otherNetwork, otherModel)) {
      assertThatThrownBy(() -> desk.redeem(wrong.sign(referee)))
          .isInstanceOf(ProtocolException.class);
    }
    assertThat(desk.redeem(right.sign(referee))).isEqualTo(right);
  }

  private static Ticket copy(Ticket ticket, ModelHash model, NetworkName network) {
    return new Ticket(
        ticket.id(),
        ticket.session(),
        ticket.job(),
        ticket.inferer(),
        ticket.nonce(),
        model,
        ticket.tokensMax(),
        ticket.seed(),
        ticket.issued(),
        ticket.expires(),
        network);
  }

  /// Slots taken are reservations plus redeemed tickets, whatever happens in whatever order.
  @Test
  void neverLosesASlot_underRandomInterleavings() {
    Property.forAll(
        1,
        200,
        random -> {
          Slots shared = new Slots(1 + random.nextInt(4));
          OfferDesk busy = deskOf(shared);
          List<Id16> offers = new ArrayList<>();
          List<Ticket> tickets = new ArrayList<>();
          Set<Id16> redeemed = new HashSet<>();
          for (int step = 0; step < 60; step++) {
            switch (random.nextInt(6)) {
              case 0, 1 -> {
                Id16 id =
                    random.nextInt(4) == 0 && !offers.isEmpty() ? offers.getFirst() : Parts.id();
                offers.add(id);
                busy.answer(offer(id)).nonce().ifPresent(nonce -> tickets.add(ticket(nonce)));
              }
              case 2 -> {
                if (!offers.isEmpty()) {
                  Id16 id = offers.get(random.nextInt(offers.size()));
                  busy.withdraw(ByteString.copyFrom(id.toBytes()));
                }
              }
              case 3 -> {
                if (!tickets.isEmpty()) {
                  Ticket ticket = tickets.get(random.nextInt(tickets.size()));
                  try {
                    assertThat(redeemed.add(busy.redeem(ticket.sign(referee)).nonce())).isTrue();
                  } catch (ProtocolException refused) {
                    assertThat(refused).hasMessageContaining("used before");
                  }
                }
              }
              case 4 -> clock.advance(Duration.ofSeconds(random.nextInt(30)));
              default -> {
                if (random.nextInt(5) == 0) {
                  busy.clear();
                }
              }
            }
          }
          busy.clear();
          assertThat(shared.total() - shared.free()).isEqualTo(redeemed.size());
        });
  }
}
