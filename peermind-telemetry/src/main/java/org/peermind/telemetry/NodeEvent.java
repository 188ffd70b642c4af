// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Role;
import org.slf4j.event.Level;

/// What happens to a node as a whole.
public sealed interface NodeEvent extends Event {
  /// All parts run and the ports are open.
  ///
  /// @param peerPort where other nodes reach this one; empty when it only calls out
  /// @param apiPort of the OpenAI API on loopback; empty when it is off
  record NodeStarted(
      NodeId node, Set<Role> roles, Word version, OptionalInt peerPort, OptionalInt apiPort)
      implements NodeEvent {
    public NodeStarted {
      roles = Set.copyOf(roles);
    }

    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "node %s started as %s, version %s%s%s"
          .formatted(
              node.shortText(),
              Texts.words(roles),
              version,
              peerPort.isPresent() ? ", peers on port " + peerPort.getAsInt() : "",
              apiPort.isPresent() ? ", API on port " + apiPort.getAsInt() : "");
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("node", node),
          Field.of("roles", roles),
          Field.of("version", version),
          Field.of("peerPort", peerPort.orElse(0)),
          Field.of("apiPort", apiPort.orElse(0)));
    }
  }

  /// The last event of a node that ends in order.
  record NodeStopped(Duration uptime, Reason reason) implements NodeEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "node stopped after %s: %s".formatted(Texts.duration(uptime), reason);
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.seconds("uptimeSeconds", uptime), Field.reason(reason));
    }
  }

  /// This node's clock and a peer's differ by more than messages may be old.
  ///
  /// @param ahead how far this node's clock is ahead of the peer's; negative when behind
  record ClockSkewed(NodeId peer, Duration ahead) implements NodeEvent {
    @Override
    public Level level() {
      return Level.WARN;
    }

    @Override
    public String sentence() {
      return "this clock is %s %s that of node %s; set the time of the wrong one"
          .formatted(
              Texts.duration(ahead.abs()),
              ahead.isNegative() ? "behind" : "ahead of",
              peer.shortText());
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("peer", peer), Field.seconds("aheadSeconds", ahead));
    }
  }

  /// The owner's cache could not take an answer in.
  ///
  /// @param exception the simple name of its class
  record AnswerNotKept(Word exception) implements NodeEvent {
    @Override
    public Level level() {
      return Level.WARN;
    }

    @Override
    public String sentence() {
      return "an answer could not be kept (%s); free the disk or set cache.enabled to false"
          .formatted(exception);
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("exception", exception));
    }
  }

  /// A bug: a part of the program threw what it should not. Only the exception's type and place are
  /// kept, because messages of exceptions quote their input.
  ///
  /// @param part which part of the node goes on without the step that failed
  /// @param exception the simple name of its class
  /// @param place class, method and line of the innermost frame in Peermind, or of the innermost
  record UnexpectedFailure(Word part, Word exception, Word place) implements NodeEvent {
    public static UnexpectedFailure of(Word part, Throwable failure) {
      StackTraceElement[] frames = failure.getStackTrace();
      String place = frames.length == 0 ? "unknown" : Texts.place(frames[0]);
      for (StackTraceElement frame : frames) {
        if (frame.getClassName().startsWith("org.peermind.")) {
          place = Texts.place(frame);
          break;
        }
      }
      return new UnexpectedFailure(
          part, Word.near(failure.getClass().getSimpleName()), Word.near(place));
    }

    @Override
    public Level level() {
      return Level.ERROR;
    }

    @Override
    public String sentence() {
      return "unexpected %s in %s at %s; please report it as a bug"
          .formatted(exception, part, place);
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.of("part", part), Field.of("exception", exception), Field.of("place", place));
    }
  }
}
