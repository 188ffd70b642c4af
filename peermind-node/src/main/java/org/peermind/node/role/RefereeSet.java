// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.node.role.RefereeAttachment.AttachmentWatch;
import org.peermind.node.transport.LinkState;
import org.peermind.node.transport.Scheduler;
import org.peermind.node.transport.Transport;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.SignedEnvelope;

/// The referees of this node: a stream to each of the two that it ranks first, one of which is its
/// home (design section 4). The roles put a part of theirs on every stream.
///
/// Safe for use by several threads; what it tells the roles, it tells on network or timer threads.
public final class RefereeSet implements AutoCloseable {
  private static final Duration TICK = Duration.ofSeconds(1);

  private final NetworkName network;
  private final HomeChoice choice;
  private final HomeChoice.Rules rules;
  private final Greeting greeting;
  private final InstantSource clock;
  private final Scheduler scheduler;
  private final Watch watch;
  private final List<PartMaker> makers = new CopyOnWriteArrayList<>();
  private final List<Runnable> homeWatchers = new CopyOnWriteArrayList<>();

  private final Object lock = new Object();
  private final KnownReferees known;
  private final Map<NodeId, RefereeAttachment> attachments = new LinkedHashMap<>();
  private final Set<NodeId> attached = new HashSet<>();
  private HomeChoice.Choice current = new HomeChoice.Choice(Optional.empty(), List.of());
  private @Nullable Transport transport;
  private boolean closed;

  /// A role's part of a stream that is about to be dialled.
  @FunctionalInterface
  public interface PartMaker {
    RefereeAttachment.Part at(RefereeAttachment attachment);
  }

  /// What this node says of itself to a referee.
  public interface Greeting extends RefereeAttachment.OwnRecord {
    /// The invitation to show to this referee.
    Optional<SignedEnvelope> invitationFor(NodeId referee);
  }

  /// Sees the streams come and go, and the home move.
  public interface Watch extends AttachmentWatch {
    /// @param from empty when there was none
    /// @param to empty when no referee is attached
    void homeMoved(Optional<NodeId> from, Optional<NodeId> to);

    /// A referee named others that this node did not know, or new addresses.
    ///
    /// @param all that the owner did not configure
    void learned(List<KnownReferee> all);
  }

  public RefereeSet(
      NetworkName network,
      KnownReferees known,
      Greeting greeting,
      InstantSource clock,
      Scheduler scheduler,
      Watch watch) {
    this(network, known, greeting, clock, scheduler, watch, HomeChoice.Rules.standard());
  }

  RefereeSet(
      NetworkName network,
      KnownReferees known,
      Greeting greeting,
      InstantSource clock,
      Scheduler scheduler,
      Watch watch,
      HomeChoice.Rules rules) {
    this.network = network;
    this.choice = new HomeChoice(rules);
    this.rules = rules;
    this.known = known;
    this.greeting = greeting;
    this.clock = clock;
    this.scheduler = scheduler;
    this.watch = watch;
  }

  /// Puts a role's part on every stream that is dialled from now on; to be called before [#start].
  public void add(PartMaker maker) {
    makers.add(maker);
  }

  /// Has a role told, without a word, when [#home] has changed.
  void onHomeMoved(Runnable watcher) {
    homeWatchers.add(watcher);
  }

  /// Begins to attach; the streams try again by themselves for as long as this is open.
  public void start(Transport newTransport) {
    synchronized (lock) {
      transport = newTransport;
    }
    apply(() -> choice.known(known.byRank(), clock.instant()));
    scheduler.after(rules.firstWait(), this::tick);
    scheduleTick();
  }

  private void scheduleTick() {
    scheduler.after(
        TICK,
        () -> {
          if (!isClosed()) {
            scheduleTick();
            tick();
          }
        });
  }

  private void tick() {
    apply(() -> choice.tick(clock.instant()));
  }

  private boolean isClosed() {
    synchronized (lock) {
      return closed;
    }
  }

  @FunctionalInterface
  private interface Step {
    HomeChoice.Choice choose();
  }

  /// Takes one step of the choice and brings streams and roles in line with it.
  private void apply(Step step) {
    Optional<NodeId> before;
    Optional<NodeId> after;
    List<RefereeAttachment> dropped;
    List<RefereeAttachment> fresh;
    Transport over;
    synchronized (lock) {
      if (closed || transport == null) {
        return;
      }
      before = current.home();
      current = step.choose();
      after = current.home();
      dropped = dropUnwanted();
      fresh = addWanted();
      over = transport;
    }
    // Outside the lock: a link may tell at once how it fares.
    dropped.forEach(RefereeAttachment::close);
    fresh.forEach(attachment -> attachment.start(over));
    if (!before.equals(after)) {
      watch.homeMoved(before, after);
      homeWatchers.forEach(Runnable::run);
    }
  }

  /// Takes the streams out that are not wanted any more, or that try an address which is not the
  /// referee's any more, and over which nothing runs.
  private List<RefereeAttachment> dropUnwanted() {
    List<RefereeAttachment> dropped = new ArrayList<>();
    for (RefereeAttachment attachment : List.copyOf(attachments.values())) {
      NodeId referee = attachment.referee().node();
      boolean isWanted = current.dialled().contains(referee) && !hasMoved(attachment);
      if (!isWanted && !attachment.isBusy()) {
        attachments.remove(referee);
        attached.remove(referee);
        dropped.add(attachment);
      }
    }
    return dropped;
  }

  /// Whether a referee is known at another address than the one that is tried in vain.
  private boolean hasMoved(RefereeAttachment attachment) {
    KnownReferee tried = attachment.referee();
    return !attached.contains(tried.node())
        && known.find(tried.node()).filter(now -> !now.equals(tried)).isPresent();
  }

  private List<RefereeAttachment> addWanted() {
    List<RefereeAttachment> fresh = new ArrayList<>();
    for (NodeId referee : current.dialled()) {
      Optional<KnownReferee> found = known.find(referee);
      if (!attachments.containsKey(referee) && found.isPresent()) {
        RefereeAttachment attachment = attachment(found.get());
        attachments.put(referee, attachment);
        fresh.add(attachment);
      }
    }
    return fresh;
  }

  private RefereeAttachment attachment(KnownReferee referee) {
    RefereeAttachment attachment =
        new RefereeAttachment(
            referee,
            greeting,
            greeting.invitationFor(referee.node()),
            clock,
            scheduler,
            new Watching());
    attachment.add(new Learning(network, clock, this::learn));
    makers.forEach(maker -> attachment.add(maker.at(attachment)));
    return attachment;
  }

  /// Takes in the referees that an attached one knows.
  void learn(List<KnownReferee> named) {
    List<KnownReferee> all;
    synchronized (lock) {
      if (known.add(named).isEmpty()) {
        return;
      }
      all = known.learned();
    }
    scheduler.after(Duration.ZERO, () -> watch.learned(all));
    apply(() -> choice.known(known.byRank(), clock.instant()));
  }

  /// The referee that this node regards as home; empty while none is attached.
  public Optional<NodeId> home() {
    synchronized (lock) {
      return current.home();
    }
  }

  /// The referee that reports name as home: while none is attached, the one that this node ranks
  /// first.
  NodeId homeToName() {
    synchronized (lock) {
      return current.home().orElseGet(() -> known.byRank().getFirst());
    }
  }

  /// The streams, the home first and then by rank; among them are such that are not attached now.
  public List<RefereeAttachment> attachments() {
    synchronized (lock) {
      List<RefereeAttachment> ordered = new ArrayList<>();
      current.home().map(attachments::get).ifPresent(ordered::add);
      for (NodeId referee : current.dialled()) {
        RefereeAttachment attachment = attachments.get(referee);
        if (attachment != null && !ordered.contains(attachment)) {
          ordered.add(attachment);
        }
      }
      return ordered;
    }
  }

  /// Every referee that this node may attach to.
  public List<KnownReferee> known() {
    synchronized (lock) {
      return known.byRank().stream().flatMap(node -> known.find(node).stream()).toList();
    }
  }

  /// Whether this node can reach its network now.
  public boolean isAttached() {
    return attachments().stream().anyMatch(each -> each.state() == LinkState.ATTACHED);
  }

  /// Why no referee is attached, one sentence.
  public String whyDetached() {
    List<RefereeAttachment> all = attachments();
    StringBuilder why = new StringBuilder("No referee is reachable");
    for (RefereeAttachment each : all) {
      why.append(why.indexOf(":") < 0 ? ": " : "; ")
          .append(each.referee().node().shortText())
          .append(" at ")
          .append(each.referee().address())
          .append(": ")
          .append(each.lastFailure().map(RefereeSet::withoutStop).orElse("trying"));
    }
    return why.append('.').toString();
  }

  private static String withoutStop(String sentence) {
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }

  @Override
  public void close() {
    List<RefereeAttachment> last;
    synchronized (lock) {
      closed = true;
      last = List.copyOf(attachments.values());
    }
    last.forEach(RefereeAttachment::close);
  }

  /// Tells the owner's watch, and the choice.
  private final class Watching implements AttachmentWatch {
    @Override
    public void attached(NodeId referee, Duration took) {
      watch.attached(referee, took);
      apply(
          () -> {
            attached.add(referee);
            return choice.attached(referee, clock.instant());
          });
    }

    @Override
    public void detached(NodeId referee, String reason) {
      watch.detached(referee, reason);
      apply(
          () -> {
            attached.remove(referee);
            return choice.detached(referee, clock.instant());
          });
    }

    @Override
    public void failedTry(NodeId referee, String reason) {
      watch.failedTry(referee, reason);
    }

    @Override
    public void clockSkewed(NodeId referee, Duration ahead) {
      watch.clockSkewed(referee, ahead);
    }
  }
}
