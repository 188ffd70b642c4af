// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// Takes the libraries out of an npm package (a gzipped tar), strictly.
///
/// Nothing but plain files directly inside `package/bins/<platform>/`, and the licence, is written,
/// each under its last name; a link, a name twice, a strange header or too many bytes refuse the
/// whole archive. The archive's digest was checked before; this keeps a mistake in that from
/// becoming a file elsewhere.
public final class PackageArchive {
  static final long BYTES_MAX = 512L << 20;
  static final int ENTRIES_MAX = 512;
  private static final int BLOCK_BYTES = 512;
  private static final int CHUNK_BYTES = 1 << 16;
  private static final String LICENSE = "package/LICENSE";
  private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,99}");

  private final InputStream in;
  private final String folder;
  private final Path target;
  private final LongConsumer progress;
  private final Set<String> written = new HashSet<>();
  private long bytesRead;
  private int libraries;

  private PackageArchive(InputStream in, String platform, Path target, LongConsumer progress) {
    this.in = in;
    this.folder = "package/bins/" + platform + "/";
    this.target = target;
    this.progress = progress;
  }

  /// Unpacks into the existing, empty folder `target`.
  ///
  /// @param progress hears how many bytes were read, unpacked
  /// @throws ArchiveException when the archive is not one of an npm package with these libraries
  /// @throws IOException when a file cannot be read or written
  public static void unpack(Path archive, String platform, Path target, LongConsumer progress)
      throws IOException {
    try (InputStream in =
        new BufferedInputStream(new GZIPInputStream(Files.newInputStream(archive), CHUNK_BYTES))) {
      new PackageArchive(in, platform, target, progress).unpack();
    } catch (ZipException | EOFException e) {
      throw new ArchiveException("it is no gzipped archive, or is cut short", e);
    }
  }

  /// What is wrong with an archive, as the end of a sentence.
  public static final class ArchiveException extends IOException {
    private static final long serialVersionUID = 1L;

    ArchiveException(String message) {
      super(message);
    }

    ArchiveException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private void unpack() throws IOException {
    for (int entries = 0; ; entries++) {
      byte[] header = in.readNBytes(BLOCK_BYTES);
      if (header.length < BLOCK_BYTES || allZero(header)) {
        break;
      }
      if (entries == ENTRIES_MAX) {
        throw new ArchiveException("it has more than %d entries".formatted(ENTRIES_MAX));
      }
      entry(header);
    }
    if (libraries == 0) {
      throw new ArchiveException("it has no folder " + folder);
    }
  }

  private void entry(byte[] header) throws IOException {
    checkSum(header);
    String name = name(header);
    long size = octal(header, 124, 12);
    bytesRead += size;
    if (bytesRead > BYTES_MAX) {
      throw new ArchiveException("it unpacks to more than %d MiB".formatted(BYTES_MAX >> 20));
    }
    switch (header[156]) {
      case '0', 0 -> file(name, size);
      case '5' -> {
        if (size != 0) {
          throw new ArchiveException("its folder " + printable(name) + " has a size");
        }
      }
      default ->
          throw new ArchiveException(
              "its entry %s is neither a file nor a folder".formatted(printable(name)));
    }
    skip((BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES);
    progress.accept(bytesRead);
  }

  private void file(String name, long size) throws IOException {
    boolean library = name.startsWith(folder);
    if (!library && !name.equals(LICENSE)) {
      skip(size);
      return;
    }
    String last = name.substring(name.lastIndexOf('/') + 1);
    boolean direct = !library || name.length() == folder.length() + last.length();
    if (!direct || !FILE_NAME.matcher(last).matches() || !written.add(last)) {
      throw new ArchiveException("its entry %s has no proper name".formatted(printable(name)));
    }
    libraries += library ? 1 : 0;
    try (OutputStream out =
        Files.newOutputStream(
            target.resolve(last), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      byte[] chunk = new byte[CHUNK_BYTES];
      for (long left = size; left > 0; ) {
        int read = in.read(chunk, 0, (int) Math.min(chunk.length, left));
        if (read < 0) {
          throw new ArchiveException("it is cut short");
        }
        out.write(chunk, 0, read);
        left -= read;
      }
    }
  }

  private void skip(long bytes) throws IOException {
    try {
      in.skipNBytes(bytes);
    } catch (EOFException e) {
      throw new ArchiveException("it is cut short", e);
    }
  }

  private static void checkSum(byte[] header) throws ArchiveException {
    long sum = 0;
    for (int i = 0; i < BLOCK_BYTES; i++) {
      sum += i >= 148 && i < 156 ? ' ' : Byte.toUnsignedInt(header[i]);
    }
    if (sum != octal(header, 148, 8)) {
      throw new ArchiveException("a header of it is damaged");
    }
  }

  private static String name(byte[] header) {
    String name = text(header, 0, 100);
    boolean ustar = text(header, 257, 5).equals("ustar");
    String prefix = ustar ? text(header, 345, 155) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  private static String text(byte[] header, int offset, int length) {
    int end = offset;
    while (end < offset + length && header[end] != 0) {
      end++;
    }
    return new String(header, offset, end - offset, StandardCharsets.UTF_8);
  }

  private static long octal(byte[] header, int offset, int length) throws ArchiveException {
    String digits = text(header, offset, length).strip();
    if (!digits.matches("[0-7]{1,11}")) {
      throw new ArchiveException("a header of it is damaged");
    }
    return Long.parseLong(digits, 8);
  }

  private static boolean allZero(byte[] header) {
    for (byte value : header) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }

  private static String printable(String name) {
    return name.replaceAll("[^\\x20-\\x7e]", "?");
  }
}
