// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeHome;
import org.peermind.protocol.governance.BallotReveal;
import org.peermind.protocol.governance.Digest;
import org.peermind.voting.Preference;

/// What the owner said about votes, kept in one file that only the owner can read: ballots that are
/// sealed when their vote is open, and a standing preference. Safe for use by several threads.
public final class OwnerWishes {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int FILE_BYTES_MAX = 1 << 20;

  /// Ballots that are kept at one time.
  static final int BALLOTS_MAX = 256;

  private final NodeHome home;
  private final Path file;
  private final Map<Digest, BallotWish> ballots = new HashMap<>();
  private Optional<Preference> preference = Optional.empty();

  private OwnerWishes(NodeHome home) {
    this.home = home;
    this.file = home.wishesFile();
  }

  /// Reads what was kept.
  ///
  /// @throws ConfigException with one sentence when the file cannot be read or was changed
  public static OwnerWishes read(NodeHome home) throws ConfigException {
    OwnerWishes wishes = new OwnerWishes(home);
    if (!Files.exists(wishes.file)) {
      return wishes;
    }
    try {
      if (Files.size(wishes.file) > FILE_BYTES_MAX) {
        throw new IOException("it is too long");
      }
      wishes.fill(JSON.readTree(Files.readString(wishes.file)));
      return wishes;
    } catch (IOException | IllegalArgumentException damaged) {
      throw new ConfigException(
          "%s cannot be read; remove it and vote again with `peermind vote`."
              .formatted(wishes.file),
          damaged);
    }
  }

  private void fill(JsonNode document) {
    for (Map.Entry<String, JsonNode> one : document.path("ballots").properties()) {
      ballots.put(new Digest(one.getKey()), ballot(one.getValue()));
    }
    JsonNode kept = document.path("preference");
    if (kept.isObject()) {
      Set<String> licences = new TreeSet<>();
      kept.path("licences").forEach(licence -> licences.add(licence.asText()));
      preference =
          Optional.of(
              new Preference(
                  kept.path("memory_mib").asLong(),
                  licences,
                  kept.path("fewest_wh").asBoolean(false)));
    }
  }

  private static BallotWish ballot(JsonNode kept) {
    Map<Digest, Integer> ranks = new HashMap<>();
    for (Map.Entry<String, JsonNode> rank : kept.path("ranks").properties()) {
      ranks.put(new Digest(rank.getKey()), rank.getValue().asInt());
    }
    List<BallotWish.Objection> objections = new ArrayList<>();
    for (JsonNode one : kept.path("objections")) {
      objections.add(
          new BallotWish.Objection(
              new Digest(one.path("proposal").asText()),
              BallotReveal.Ground.valueOf(one.path("ground").asText()),
              one.path("reason").asText()));
    }
    return new BallotWish(ranks, kept.path("keep").asInt(), objections);
  }

  private void write() throws ConfigException {
    ObjectNode document = JSON.createObjectNode();
    ObjectNode all = document.putObject("ballots");
    ballots.forEach((vote, ballot) -> fill(all.putObject(vote.hex()), ballot));
    preference.ifPresent(
        kept -> {
          ObjectNode node = document.putObject("preference").put("memory_mib", kept.memoryMib());
          node.put("fewest_wh", kept.isThrifty());
          ArrayNode licences = node.putArray("licences");
          kept.licences().stream().sorted().forEach(licences::add);
        });
    home.write(file, document.toPrettyString());
  }

  private static void fill(ObjectNode node, BallotWish ballot) {
    ObjectNode ranks = node.putObject("ranks");
    ballot.ranks().forEach((proposal, rank) -> ranks.put(proposal.hex(), rank));
    node.put("keep", ballot.keep());
    ArrayNode objections = node.putArray("objections");
    ballot
        .objections()
        .forEach(
            one ->
                objections
                    .addObject()
                    .put("proposal", one.proposal().hex())
                    .put("ground", one.ground().name())
                    .put("reason", one.reason()));
  }

  /// The ballot that the owner wants in a vote.
  public synchronized Optional<BallotWish> ballot(Digest vote) {
    return Optional.ofNullable(ballots.get(vote));
  }

  /// Keeps a ballot, in place of an earlier one.
  public synchronized void cast(Digest vote, BallotWish ballot) throws ConfigException {
    if (ballots.size() >= BALLOTS_MAX && !ballots.containsKey(vote)) {
      throw new ConfigException("This node keeps ballots for %d votes.".formatted(BALLOTS_MAX));
    }
    BallotWish earlier = ballots.put(vote, ballot);
    try {
      write();
    } catch (ConfigException unwritable) {
      if (earlier == null) {
        ballots.remove(vote);
      } else {
        ballots.put(vote, earlier);
      }
      throw unwritable;
    }
  }

  public synchronized Optional<Preference> preference() {
    return preference;
  }

  /// Sets or removes the standing preference.
  public synchronized void prefer(Optional<Preference> wanted) throws ConfigException {
    Optional<Preference> earlier = preference;
    preference = wanted;
    try {
      write();
    } catch (ConfigException unwritable) {
      preference = earlier;
      throw unwritable;
    }
  }

  /// The votes for which ballots are kept.
  synchronized Set<Digest> votes() {
    return Set.copyOf(ballots.keySet());
  }

  /// Deletes the ballot of a vote that ended.
  synchronized void forget(Digest vote) throws ConfigException {
    if (ballots.remove(vote) != null) {
      write();
    }
  }
}
