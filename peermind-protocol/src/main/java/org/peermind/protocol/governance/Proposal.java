// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.AccuracyPayload;
import org.peermind.protocol.wire.CandidatePayload;
import org.peermind.protocol.wire.ClaimsPayload;
import org.peermind.protocol.wire.ProposalPayload;

/// A member proposes a model. Its [Digest] is the proposal's name.
///
/// @param joins the proposal in whose vote it takes part; empty for a vote of its own
/// @param source where the file comes from, a sentence or an address for people
/// @param supersedes the model that it is an upgrade of
/// @param lineage models it was made from, the nearest first
/// @param accuracyFloorPermille present when it is labelled "smaller, cheaper": what it must reach
///   instead of the incumbent's accuracy
public record Proposal(
    Digest genesis,
    Optional<Digest> joins,
    Change change,
    Candidate candidate,
    Claims claims,
    String source,
    Optional<ModelHash> supersedes,
    List<ModelHash> lineage,
    OptionalInt accuracyFloorPermille)
    implements GovernanceRecord {
  static final String TYPE = "proposal";

  private static final int LINEAGE_MAX = 16;
  private static final long GGUF_BYTES_MAX = 1L << 44;
  private static final int SUITES_MAX = 16;
  private static final long FIGURE_MAX = 1L << 40;

  /// What is at stake, which decides the majority that is asked; new constants go to the end.
  public enum Change {
    /// The same family and licence, and no node excluded: more than 1:1.
    MINOR,
    /// Any other model: 2:1.
    MAJOR,
    /// A change of the rules comes with it: 3:1.
    RULES
  }

  /// The file.
  ///
  /// @param licence SPDX name
  /// @param chunkRoot Merkle root over its chunks of 1 MiB
  public record Candidate(
      String name,
      String family,
      String licence,
      ModelHash ggufSha256,
      long ggufBytes,
      Digest chunkRoot,
      Digest templateSha256,
      Digest tokenizerSha256,
      String quantization,
      int contextTokens) {
    public Candidate {
      for (String word : List.of(name, family, licence, quantization)) {
        Fields.text(word, Fields.WORD_CHARACTERS_MAX, "a name of a candidate");
      }
      Fields.within(ggufBytes, 1, GGUF_BYTES_MAX, "the size of the file");
      Fields.within(contextTokens, 1, 1 << 24, "the context");
    }
  }

  /// What the proposer says of it; nothing rests on it but the proposer's name.
  ///
  /// @param microWhPer1kTokens millionths of a watt-hour; empty when unknown
  /// @param milliTokensPerSecond thousandths of a token a second
  public record Claims(
      long vramMib,
      OptionalLong microWhPer1kTokens,
      long ttftP95Millis,
      long milliTokensPerSecond,
      List<Accuracy> accuracy) {
    public Claims {
      accuracy = List.copyOf(accuracy);
      Fields.within(vramMib, 1, FIGURE_MAX, "the claimed memory");
      microWhPer1kTokens.ifPresent(
          energy -> Fields.within(energy, 1, FIGURE_MAX, "the claimed energy"));
      Fields.within(ttftP95Millis, 0, FIGURE_MAX, "the claimed latency");
      Fields.within(milliTokensPerSecond, 1, FIGURE_MAX, "the claimed speed");
      Fields.within(accuracy.size(), 0, SUITES_MAX, "the number of suites");
    }
  }

  /// Share of right answers of one public suite, in thousandths.
  public record Accuracy(String suite, int permille) {
    public Accuracy {
      Fields.text(suite, Fields.WORD_CHARACTERS_MAX, "a suite");
      Fields.within(permille, 0, 1_000, "an accuracy");
    }
  }

  public Proposal {
    lineage = List.copyOf(lineage);
    Fields.text(source, Fields.SENTENCE_CHARACTERS_MAX, "the source");
    Fields.within(lineage.size(), 0, LINEAGE_MAX, "the length of the lineage");
    accuracyFloorPermille.ifPresent(
        floor -> Fields.within(floor, 1, 1_000, "the floor of accuracy"));
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    ProposalPayload.Builder payload =
        ProposalPayload.newBuilder()
            .setGenesis(Fields.bytes(genesis))
            .setChange(Fields.code(change))
            .setCandidate(encode(candidate))
            .setClaims(encode(claims))
            .setSource(source);
    joins.ifPresent(other -> payload.setJoins(Fields.bytes(other)));
    supersedes.ifPresent(model -> payload.setSupersedes(Fields.bytes(model)));
    lineage.forEach(model -> payload.addLineage(Fields.bytes(model)));
    accuracyFloorPermille.ifPresent(payload::setAccuracyFloorPermille);
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  private static CandidatePayload encode(Candidate candidate) {
    return CandidatePayload.newBuilder()
        .setName(candidate.name)
        .setFamily(candidate.family)
        .setLicence(candidate.licence)
        .setGgufSha256(Fields.bytes(candidate.ggufSha256))
        .setGgufBytes(candidate.ggufBytes)
        .setChunkRoot(Fields.bytes(candidate.chunkRoot))
        .setTemplateSha256(Fields.bytes(candidate.templateSha256))
        .setTokenizerSha256(Fields.bytes(candidate.tokenizerSha256))
        .setQuantization(candidate.quantization)
        .setContextTokens(candidate.contextTokens)
        .build();
  }

  private static ClaimsPayload encode(Claims claims) {
    ClaimsPayload.Builder payload =
        ClaimsPayload.newBuilder()
            .setVramMib(claims.vramMib)
            .setTtftP95Ms(claims.ttftP95Millis)
            .setMilliTokensPerSecond(claims.milliTokensPerSecond);
    claims.microWhPer1kTokens.ifPresent(payload::setMicroWhPer1KTokens);
    claims.accuracy.forEach(
        one ->
            payload.addAccuracy(
                AccuracyPayload.newBuilder().setSuite(one.suite).setPermille(one.permille)));
    return payload.build();
  }

  /// Verifies and reads the record.
  public static Proposal open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, ProposalPayload.parser(), Proposal::decode);
  }

  private static Proposal decode(ProposalPayload payload) throws ProtocolException {
    List<ModelHash> lineage = new ArrayList<>();
    for (ByteString model : payload.getLineageList()) {
      lineage.add(Fields.model(model));
    }
    return new Proposal(
        Fields.digest(payload.getGenesis()),
        Fields.digestIfAny(payload.getJoins()),
        Fields.choice(List.of(Change.values()), payload.getChange(), "a kind of change"),
        decode(payload.getCandidate()),
        decode(payload.getClaims()),
        payload.getSource(),
        Fields.modelIfAny(payload.getSupersedes()),
        lineage,
        payload.hasAccuracyFloorPermille()
            ? OptionalInt.of(payload.getAccuracyFloorPermille())
            : OptionalInt.empty());
  }

  private static Candidate decode(CandidatePayload payload) throws ProtocolException {
    return new Candidate(
        payload.getName(),
        payload.getFamily(),
        payload.getLicence(),
        Fields.model(payload.getGgufSha256()),
        payload.getGgufBytes(),
        Fields.digest(payload.getChunkRoot()),
        Fields.digest(payload.getTemplateSha256()),
        Fields.digest(payload.getTokenizerSha256()),
        payload.getQuantization(),
        payload.getContextTokens());
  }

  private static Claims decode(ClaimsPayload payload) {
    return new Claims(
        payload.getVramMib(),
        payload.hasMicroWhPer1KTokens()
            ? OptionalLong.of(payload.getMicroWhPer1KTokens())
            : OptionalLong.empty(),
        payload.getTtftP95Ms(),
        payload.getMilliTokensPerSecond(),
        payload.getAccuracyList().stream()
            .map(one -> new Accuracy(one.getSuite(), one.getPermille()))
            .toList());
  }
}
