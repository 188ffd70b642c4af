// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.io.IOException;
import java.util.List;

/// The files of a log. Reading is safe for many threads, writing for one.
public interface LogStorage extends AutoCloseable {
  /// The names of all files, in order.
  List<String> names() throws IOException;

  /// Length in bytes.
  long size(String name) throws IOException;

  /// Reads at most `length` bytes from `offset`; fewer at the end of the file.
  byte[] read(String name, long offset, int length) throws IOException;

  /// Writes at the end of a file, and makes it when it is not there. Some of the bytes may be there
  /// after a failure. Survives a crash only after [#sync].
  void append(String name, byte[] bytes) throws IOException;

  /// Returns once the file, its bytes and its name survive a crash.
  void sync(String name) throws IOException;

  /// Puts a file in the place of another in one step that survives a crash when this returns. After
  /// a failure either may be there.
  void replace(String name, byte[] bytes) throws IOException;

  /// Cuts a file; survives a crash.
  void truncate(String name, long size) throws IOException;

  /// Takes a file away; survives a crash.
  void delete(String name) throws IOException;

  @Override
  void close() throws IOException;
}
