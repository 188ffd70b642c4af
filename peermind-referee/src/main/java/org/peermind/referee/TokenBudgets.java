// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NodeId;

/// What each user may still have: a token bucket that fills with an hour's tokens in an hour and
/// holds half of them.
///
/// A job is charged once, when it is first assigned, by the size class of its prompt and the most
/// tokens that its answer may have. What its inferers say they did not generate comes back once all
/// of its sessions are told; what they generated beyond is charged then, so that nobody lives on
/// continuations of one job. A session whose inferer never told is not refunded.
///
/// A larger answer than the bucket holds is let through a full bucket, which is then in debt.
/// Buckets of the [#USERS_MAX] users charged last are kept, and jobs and sessions in like bounds.
final class TokenBudgets {
  static final int USERS_MAX = 50_000;
  static final int SESSIONS_MAX = 50_000;

  /// English text has four bytes a token on average.
  private static final int BYTES_PER_TOKEN = 4;

  private static final double SECONDS_PER_HOUR = 3_600;

  private final double tokensPerSecond;
  private final double most;
  private final LinkedHashMap<NodeId, Bucket> buckets = new LinkedHashMap<>();
  private final LinkedHashMap<Id16, Account> accounts = new LinkedHashMap<>();
  private final LinkedHashMap<Id16, Untold> untold = new LinkedHashMap<>();

  private record Bucket(double tokens, Instant at) {}

  /// A session whose inferer has not said yet what it generated.
  private record Untold(Id16 job, NodeId inferer) {}

  /// What was charged for a job, and what its inferers said so far.
  private static final class Account {
    final NodeId user;
    final long promptTokens;
    long charged;
    long generated;
    int sessionsUntold;

    Account(NodeId user, long promptTokens) {
      this.user = user;
      this.promptTokens = promptTokens;
    }
  }

  TokenBudgets(int tokensPerHourPerUser) {
    tokensPerSecond = tokensPerHourPerUser / SECONDS_PER_HOUR;
    most = tokensPerHourPerUser / 2.0;
  }

  /// How long the user has to wait until it may have this answer; empty when it may have it now.
  ///
  /// @param job that is continued, if any
  Optional<Duration> waitFor(
      NodeId user, Optional<Id16> job, int promptBytes, int tokensMax, Instant now) {
    @Nullable Account account = job.map(accounts::get).orElse(null);
    double wanted = Math.min(most, (double) claim(account, promptBytes, tokensMax));
    double missing = wanted - level(user, now);
    return wanted <= 0 || missing <= 0
        ? Optional.empty()
        : Optional.of(Duration.ofMillis((long) Math.ceil(missing / tokensPerSecond * 1e3)));
  }

  /// Charges a session that was assigned, unless it continues a job that is paid for.
  void opened(SessionTable.Session session, int promptBytes, int tokensMax, Instant now) {
    Account account =
        accounts.computeIfAbsent(
            session.job(), _ -> new Account(session.user(), promptBytes / BYTES_PER_TOKEN));
    long claim = claim(account, promptBytes, tokensMax);
    account.charged += claim;
    account.sessionsUntold++;
    change(account.user, -claim, now);
    untold.put(session.id(), new Untold(session.job(), session.inferer()));
    if (untold.size() > SESSIONS_MAX) {
      untold.pollFirstEntry();
    }
    if (accounts.size() > SessionTable.JOBS_MAX) {
      accounts.pollFirstEntry();
    }
  }

  /// An inferer said what it generated in a session that is over; said twice counts once, and what
  /// another node says not at all.
  void told(Id16 session, NodeId by, int tokens, Instant now) {
    Untold known = untold.get(session);
    if (known == null || !known.inferer.equals(by)) {
      return;
    }
    untold.remove(session);
    Account account = accounts.get(known.job);
    if (account == null) {
      return;
    }
    account.generated += Math.max(0, tokens);
    account.sessionsUntold--;
    if (account.sessionsUntold == 0) {
      long used = account.promptTokens + account.generated;
      change(account.user, account.charged - used, now);
      account.charged = used;
    }
  }

  /// What is still to be paid for a session of the job.
  private static long claim(@Nullable Account account, int promptBytes, int tokensMax) {
    if (account == null) {
      return promptBytes / BYTES_PER_TOKEN + (long) tokensMax;
    }
    return Math.max(0, account.promptTokens + tokensMax - account.charged);
  }

  private double level(NodeId user, Instant now) {
    Bucket bucket = buckets.get(user);
    if (bucket == null) {
      return most;
    }
    double since = Duration.between(bucket.at, now).toMillis() / 1e3;
    return Math.min(most, bucket.tokens + since * tokensPerSecond);
  }

  private void change(NodeId user, long tokens, Instant now) {
    buckets.putLast(user, new Bucket(Math.min(most, level(user, now) + tokens), now));
    if (buckets.size() > USERS_MAX) {
      buckets.pollFirstEntry();
    }
  }
}
