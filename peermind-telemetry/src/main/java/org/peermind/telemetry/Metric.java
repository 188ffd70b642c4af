// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.util.Optional;

/// Every metric that a node offers to Prometheus; `docs/metrics.md` is checked against this
/// catalogue. Names end in their unit and counters in `_total`, as Prometheus asks.
public enum Metric {
  HEADROOM(
      Kind.GAUGE,
      "peermind_headroom_watts",
      "Renewable power above the site's own needs, averaged; NaN when unknown"),
  OWN_DRAW(
      Kind.GAUGE, "peermind_own_draw_watts", "Power that the engine draws now; NaN when unknown"),
  PREFILL_ENERGY(
      Kind.GAUGE,
      "peermind_prefill_joules_per_token",
      "Measured energy of a prompt token above the idle engine; NaN when unknown"),
  DECODE_ENERGY(
      Kind.GAUGE,
      "peermind_decode_joules_per_token",
      "Measured energy of an answer token above the idle engine; NaN when unknown"),
  BATTERY_CHARGE(
      Kind.GAUGE,
      "peermind_battery_charge_ratio",
      "State of charge of the site's battery, 0 to 1; NaN when unknown"),
  ACTIVATION(
      Kind.GAUGE,
      "peermind_activation",
      "1 for the state that the engine is in, 0 for the others",
      "state"),
  ACTIVATION_CHANGES(
      Kind.COUNTER, "peermind_activation_changes_total", "Changes into each state", "state"),
  ADAPTER_FAILURES(
      Kind.COUNTER, "peermind_adapter_failures_total", "Outages of the energy adapter"),
  MODEL_LOAD(
      Kind.TIMER, "peermind_model_load_seconds", "From the start of the engine until it answers"),
  ENGINE_DEATHS(Kind.COUNTER, "peermind_engine_deaths_total", "Engines that ended by themselves"),
  LEDGER_ENTRIES(
      Kind.COUNTER,
      "peermind_ledger_entries_total",
      "Entries of the network's ledger that came from others and were verified"),
  LEDGERS_REFUSED(
      Kind.COUNTER,
      "peermind_ledgers_refused_total",
      "Times that a referee gave entries or a head of the ledger that were wrong"),
  VOTE_STEPS(
      Kind.COUNTER, "peermind_vote_steps_total", "What this node did about votes, of every kind"),
  ROUND_STEPS(
      Kind.COUNTER,
      "peermind_round_steps_total",
      "What this node did in federated rounds, of every kind"),
  ANSWER_SLOTS(Kind.GAUGE, "peermind_answer_slots", "Answers this inferer may compute at once"),
  ANSWER_SLOTS_FREE(Kind.GAUGE, "peermind_answer_slots_free", "Of these, how many are free now"),
  TOKENS_GENERATED(
      Kind.COUNTER,
      "peermind_tokens_generated_total",
      "Tokens that this inferer computed, for its owner or for others",
      "for"),
  PROMPT_TOKENS(
      Kind.COUNTER,
      "peermind_prompt_tokens_total",
      "Tokens of the prompts that this inferer took in",
      "for"),
  GENERATIONS(
      Kind.COUNTER,
      "peermind_generations_total",
      "Generations that ended at this inferer: stop, length, cancelled, yielded or failed",
      "result"),
  ANSWERS(
      Kind.COUNTER,
      "peermind_answers_total",
      "Questions that this node asked: stop, length, cancelled, failed or refused",
      "result"),
  REFUSALS(
      Kind.COUNTER, "peermind_refusals_total", "Questions refused or failed, by cause", "code"),
  TIME_TO_FIRST_TOKEN(
      Kind.TIMER,
      "peermind_time_to_first_token_seconds",
      "From a question of this node to its first token"),
  ANSWER_DURATION(
      Kind.TIMER,
      "peermind_answer_duration_seconds",
      "From a question of this node to its last token"),
  CONTINUATIONS(
      Kind.COUNTER,
      "peermind_continuations_total",
      "Answers of this node that moved to another inferer"),
  CONTINUATION_GAP(
      Kind.TIMER,
      "peermind_continuation_gap_seconds",
      "Between the last token of one inferer and the first of the next"),
  NEAR_TIES(
      Kind.COUNTER,
      "peermind_near_ties_total",
      "Tokens whose two best candidates were too close to promise the same text after a"
          + " continuation"),
  ATTACHED(Kind.GAUGE, "peermind_attached", "1 while this node is attached to a referee, else 0"),
  ATTACHED_REFEREES(
      Kind.GAUGE, "peermind_attached_referees", "Referees that this node is attached to now"),
  KNOWN_REFEREES(
      Kind.GAUGE,
      "peermind_known_referees",
      "Referees that this node may attach to, itself included"),
  HOME_MOVES(
      Kind.COUNTER,
      "peermind_home_moves_total",
      "Times that another referee became this node's home"),
  DETACHMENTS(
      Kind.COUNTER,
      "peermind_detachments_total",
      "Times this node lost one of its referees or failed to reach it"),
  ATTACHED_PEERS(Kind.GAUGE, "peermind_attached_peers", "Nodes attached to this referee"),
  SESSIONS(Kind.GAUGE, "peermind_sessions", "Sessions that this referee relays now"),
  USER_SLOTS(
      Kind.GAUGE,
      "peermind_user_slots",
      "Light users that the active inferers of this referee may carry"),
  USER_SLOTS_USED(Kind.GAUGE, "peermind_user_slots_used", "Of these, how many are taken"),
  OFFERS(
      Kind.COUNTER,
      "peermind_offers_total",
      "Offers of this referee: made, accepted, declined, unanswered or withdrawn",
      "result"),
  REPORTS_REFUSED(
      Kind.COUNTER,
      "peermind_reports_refused_total",
      "Headroom reports that this referee did not take"),
  TICKETS_REFUSED(
      Kind.COUNTER, "peermind_tickets_refused_total", "Tickets that this inferer did not take"),
  ATTACHES_REJECTED(
      Kind.COUNTER, "peermind_attaches_rejected_total", "Attachments refused on either side"),
  RELAYED_BYTES(
      Kind.COUNTER,
      "peermind_relayed_bytes_total",
      "Bytes of sealed frames in the sessions that ended at this referee"),
  CLOCK_SKEWS(Kind.COUNTER, "peermind_clock_skews_total", "Warnings that a peer's clock differs"),
  UNEXPECTED_FAILURES(
      Kind.COUNTER, "peermind_unexpected_failures_total", "Bugs met; please report them");

  /// How it counts.
  public enum Kind {
    /// Goes up and down.
    GAUGE,
    /// Only goes up.
    COUNTER,
    /// A histogram of durations: `_bucket`, `_sum`, `_count`, and the recent `_max` beside it.
    TIMER
  }

  private final Kind kind;
  private final String text;
  private final String help;
  private final Optional<String> label;

  Metric(Kind kind, String text, String help) {
    this(kind, text, help, Optional.empty());
  }

  Metric(Kind kind, String text, String help, String label) {
    this(kind, text, help, Optional.of(label));
  }

  Metric(Kind kind, String text, String help, Optional<String> label) {
    this.kind = kind;
    this.text = text;
    this.help = help;
    this.label = label;
  }

  public Kind kind() {
    return kind;
  }

  /// The name that Prometheus shows.
  public String text() {
    return text;
  }

  /// What it measures, in one line.
  public String help() {
    return help;
  }

  /// By what it is told apart, if by anything.
  public Optional<String> label() {
    return label;
  }
}
