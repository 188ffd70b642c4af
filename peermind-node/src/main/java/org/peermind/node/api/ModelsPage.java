// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.io.IOException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.peermind.node.query.Answers;
import org.peermind.node.query.QueryRefused;
import org.peermind.protocol.ServedModel;

/// `GET /v1/models` and `GET /v1/models/ID`.
///
/// @param created what the models' `created` says: nobody in the network knows when a model was
///   made, so it is the time when this server started
record ModelsPage(Answers answers, Instant created) {

  void list(ApiReply reply) throws IOException, InterruptedException {
    try {
      List<ServedModel> served = served();
      Stream<String> network = served.isEmpty() ? Stream.empty() : Stream.of(ServedModel.NETWORK);
      String models =
          Stream.concat(network, served.stream().map(ServedModel::name))
              .distinct()
              .map(this::json)
              .collect(Collectors.joining(","));
      reply.json(200, "{\"object\":\"list\",\"data\":[" + models + "]}");
    } catch (QueryRefused refused) {
      reply.error(ApiError.of(refused, "model"));
    }
  }

  /// @param id name or SHA-256
  void one(String id, ApiReply reply) throws IOException, InterruptedException {
    try {
      Optional<ServedModel> model =
          served().stream()
              .filter(
                  served ->
                      served.name().equals(id)
                          || served.hash().hex().equals(id)
                          || id.equals(ServedModel.NETWORK))
              .findFirst();
      if (model.isPresent()) {
        reply.json(200, json(id.equals(ServedModel.NETWORK) ? id : model.get().name()));
      } else {
        reply.error(
            new ApiError(
                404,
                "Nobody in this network serves that model; see /v1/models.",
                "invalid_request_error",
                Optional.of("model"),
                Optional.of("model_not_found"),
                0));
      }
    } catch (QueryRefused refused) {
      reply.error(ApiError.of(refused, "model"));
    }
  }

  /// Several inferers may serve one model.
  private List<ServedModel> served() throws QueryRefused, InterruptedException {
    return answers.models().stream()
        .collect(Collectors.toMap(ServedModel::name, m -> m, (first, _) -> first))
        .values()
        .stream()
        .sorted(Comparator.comparing(ServedModel::name))
        .toList();
  }

  private String json(String name) {
    return "{\"id\":"
        + ApiJson.quoted(name)
        + ",\"object\":\"model\",\"created\":"
        + created.getEpochSecond()
        + ",\"owned_by\":\"peermind\"}";
  }
}
