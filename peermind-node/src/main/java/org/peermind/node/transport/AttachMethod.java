// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import io.grpc.Codec;
import io.grpc.DecompressorRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/// The one gRPC method: `peermind.v1.Relay/Attach`, a stream of protobuf messages each way. It
/// moves bytes; the messages are read where a wrong one can be answered with a sentence.
final class AttachMethod {
  static final String SERVICE = "peermind.v1.Relay";

  /// What gRPC itself lets through. A message between the limit of the protocol and this one still
  /// gets its sentence; a larger one ends its stream unread.
  static final int INBOUND_BYTES_MAX = 2 * TransportSettings.MESSAGE_BYTES_MAX;

  /// HTTP/2 flow-control window: what a sender may have under way to a slow reader.
  static final int WINDOW_BYTES = 2 * TransportSettings.MESSAGE_BYTES_MAX;

  static final int METADATA_BYTES_MAX = 8 * 1024;

  /// No compression: a compressed message could unfold into a much larger one.
  static final DecompressorRegistry UNCOMPRESSED =
      DecompressorRegistry.emptyInstance().with(Codec.Identity.NONE, false);

  static final MethodDescriptor<byte[], byte[]> METHOD =
      MethodDescriptor.newBuilder(new Bytes(), new Bytes())
          .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
          .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Attach"))
          .build();

  private AttachMethod() {}

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException broken) {
        throw Status.INTERNAL
            .withDescription("A message could not be read.")
            .withCause(broken)
            .asRuntimeException();
      }
    }
  }
}
