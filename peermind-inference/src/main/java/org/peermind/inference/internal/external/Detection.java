// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Optional;
import org.peermind.inference.ServerKind;
import org.peermind.inference.internal.external.ServerException.Kind;

/// Finds out what a server is by what it answers to paths that only its kind has. None of them
/// makes a server load a model.
final class Detection {
  private Detection() {}

  /// The dialect of the named kind, or of the one that the server turns out to be.
  static Dialect of(ServerLink link, Optional<ServerKind> kind)
      throws ServerException, InterruptedException {
    return kind.isPresent() ? named(link, kind.get()) : found(link);
  }

  private static Dialect named(ServerLink link, ServerKind kind)
      throws ServerException, InterruptedException {
    return switch (kind) {
      case OPENAI -> {
        document(link, "/v1/models");
        yield new OpenAiDialect("an OpenAI-compatible server");
      }
      case OLLAMA -> new OllamaDialect(OpenAiDialect.version(version(link, "/api/version")));
      case LLAMA_SERVER -> llamaServer(document(link, "/props"));
      case VLLM -> new VllmDialect(OpenAiDialect.version(version(link, "/version")));
      case LM_STUDIO ->
          new LmStudioDialect(document(link, "/api/v1/models").path("models").isArray());
    };
  }

  private static Dialect found(ServerLink link) throws ServerException, InterruptedException {
    // LM Studio answers unknown paths with 200 and an error, so shapes count and not statuses.
    if (version(link, "/api/version").isTextual()) {
      return named(link, ServerKind.OLLAMA);
    }
    JsonNode props = document(link, "/props");
    if (props.has("default_generation_settings")) {
      return llamaServer(props);
    }
    if (document(link, "/api/v0/models").path("data").isArray()
        || document(link, "/api/v1/models").path("models").isArray()) {
      return named(link, ServerKind.LM_STUDIO);
    }
    if (version(link, "/version").isTextual()) {
      return named(link, ServerKind.VLLM);
    }
    return named(link, ServerKind.OPENAI);
  }

  private static Dialect llamaServer(JsonNode props) {
    String build = OpenAiDialect.version(props.path("build_info"));
    return new LlamaServerDialect(build, props.path("role").asText("").equals("router"));
  }

  private static JsonNode version(ServerLink link, String path)
      throws ServerException, InterruptedException {
    return document(link, path).path("version");
  }

  /// What a path answers; missing when it is not one of this server's.
  private static JsonNode document(ServerLink link, String path)
      throws ServerException, InterruptedException {
    try {
      return link.get(path, Dialect.PATIENCE);
    } catch (ServerException refused) {
      if (refused.kind() == Kind.UNREACHABLE
          || refused.kind() == Kind.SILENT
          || refused.kind() == Kind.KEY_REFUSED
          // llama-server says so while it loads its model.
          || refused.kind() == Kind.BUSY
          || refused.kind() == Kind.FORBIDDEN) {
        throw refused;
      }
      return MissingNode.getInstance();
    }
  }
}
