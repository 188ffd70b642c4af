// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.config;

/// What this node does about votes by itself: the section `votes`.
///
/// @param follow whether it serves the model that the network adopts
/// @param evaluate whether it measures candidates, on its own power
/// @param sponsorScreened whether it sponsors proposals that pass the automatic screening; else its
///   owner does
public record Participation(boolean follow, boolean evaluate, boolean sponsorScreened) {

  static Participation of(Settings section) throws ConfigException {
    boolean follow = section.flag("follow", true);
    boolean evaluate = section.flag("evaluate", true);
    String sponsor = section.text("sponsor", "screened");
    section.refuseUnread();
    return switch (sponsor) {
      case "screened" -> new Participation(follow, evaluate, true);
      case "ask" -> new Participation(follow, evaluate, false);
      default ->
          throw new ConfigException("votes.sponsor is to be screened or ask, not " + sponsor + ".");
    };
  }
}
