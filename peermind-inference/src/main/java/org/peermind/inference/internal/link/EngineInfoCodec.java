// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.link;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.peermind.inference.EngineDevice;
import org.peermind.inference.EngineInfo;

/// What the engine says of itself, as bytes.
final class EngineInfoCodec {
  private static final int DEVICE_BYTES_LEAST = 28;
  private static final long UNKNOWN = -1;

  private EngineInfoCodec() {}

  static void put(DataOutputStream out, EngineInfo info) throws IOException {
    LinkFields.putText(out, info.name());
    LinkFields.putText(out, info.build());
    LinkFields.putText(out, info.abiProfile());
    out.writeInt(info.devices().size());
    for (EngineDevice device : info.devices()) {
      LinkFields.putText(out, device.name());
      LinkFields.putText(out, device.description());
      LinkFields.putText(out, device.kind().name());
      out.writeLong(device.freeBytes().orElse(UNKNOWN));
      out.writeLong(device.totalBytes().orElse(UNKNOWN));
    }
    LinkFields.putTexts(out, info.guards());
    LinkFields.putTexts(out, info.notices());
  }

  static EngineInfo info(DataInputStream in) throws IOException {
    return new EngineInfo(
        LinkFields.text(in),
        LinkFields.text(in),
        LinkFields.text(in),
        devices(in),
        LinkFields.texts(in),
        LinkFields.texts(in));
  }

  private static List<EngineDevice> devices(DataInputStream in) throws IOException {
    int count = LinkFields.count(in, DEVICE_BYTES_LEAST);
    List<EngineDevice> devices = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      devices.add(
          new EngineDevice(
              LinkFields.text(in),
              LinkFields.text(in),
              LinkFields.constant(in, EngineDevice.Kind.values()),
              known(in.readLong()),
              known(in.readLong())));
    }
    return devices;
  }

  private static OptionalLong known(long bytes) {
    return bytes < 0 ? OptionalLong.empty() : OptionalLong.of(bytes);
  }
}
