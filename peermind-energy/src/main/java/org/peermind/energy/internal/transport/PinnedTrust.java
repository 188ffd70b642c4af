// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Trusts a certificate that a public authority vouches for, and for a device at home also the key
/// that it showed first.
///
/// Devices at home sign their own certificates. The SHA-256 of the public key
/// (SubjectPublicKeyInfo) that one shows first is kept in a file; another key is refused from then
/// on. A host with a public name is never trusted on first use.
final class PinnedTrust extends X509ExtendedTrustManager {
  private static final Pattern HOME_ADDRESS =
      Pattern.compile(
          "(10|127)\\..*|192\\.168\\..*|172\\.(1[6-9]|2\\d|3[01])\\..*|169\\.254\\..*"
              + "|100\\.(6[4-9]|[7-9]\\d|1[01]\\d|12[0-7])\\..*");
  private static final Pattern ADDRESS = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  private static final Pattern HOME_NAME =
      Pattern.compile(
          "[a-z_][^.:]*|.+\\.(local|lan|home|home\\.arpa|internal|intranet|localdomain|private|box|test"
              + "|localhost)");
  private static final Pattern HOME_ADDRESS_6 = Pattern.compile("(::1|f[cd]..:.*|fe[89ab].:.*)");
  private static final int PIN_BYTES_MAX = 200;

  private final String host;
  private final Path file;
  private final X509ExtendedTrustManager authorities;

  private PinnedTrust(String host, Path file, X509ExtendedTrustManager authorities) {
    this.host = host;
    this.file = file;
    this.authorities = authorities;
  }

  /// TLS for one device.
  ///
  /// @param home the node's directory; pins are kept in `pins` below it
  static SSLContext context(String host, int port, Path home) {
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init((KeyStore) null);
      X509ExtendedTrustManager authorities = null;
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509ExtendedTrustManager extended) {
          authorities = extended;
        }
      }
      if (authorities == null) {
        throw new IllegalStateException("The JDK has no X.509 trust manager");
      }
      Path file = home.resolve("pins").resolve(fileName(host, port));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new PinnedTrust(host, file, authorities)}, null);
      return context;
    } catch (GeneralSecurityException broken) {
      throw new IllegalStateException("The JDK's TLS cannot be set up", broken);
    }
  }

  private static String fileName(String host, int port) {
    return host.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.-]", "_") + "-" + port;
  }

  /// Whether a certificate can be trusted because it was the first: only where the name or address
  /// cannot be one of the public Internet.
  static boolean isAtHome(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    if (ADDRESS.matcher(name).matches()) {
      return HOME_ADDRESS.matcher(name).matches();
    }
    return name.contains(":")
        ? HOME_ADDRESS_6.matcher(name).matches()
        : HOME_NAME.matcher(name).matches();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    try {
      authorities.checkServerTrusted(chain, authType, engine);
    } catch (CertificateException notPublic) {
      checkPin(chain);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    try {
      authorities.checkServerTrusted(chain, authType, socket);
    } catch (CertificateException notPublic) {
      checkPin(chain);
    }
  }

  private synchronized void checkPin(X509Certificate[] chain) throws CertificateException {
    if (chain.length == 0) {
      throw new Refused("%s shows no certificate.".formatted(host));
    }
    String shown = fingerprint(chain[0]);
    String kept = kept();
    if (kept == null && isAtHome(host)) {
      kept = keep(shown);
    }
    if (kept == null) {
      throw new Refused(
          ("No authority vouches for the certificate of %s; if you know that its public key is %s,"
                  + " write that into the file %s.")
              .formatted(host, shown, file));
    }
    if (!kept.equals(shown)) {
      throw new Refused(
          ("The certificate of %s is not the one that it showed first; if you replaced the device"
                  + " or its firmware, delete the file %s to accept the new one.")
              .formatted(host, file));
    }
  }

  private @Nullable String kept() throws CertificateException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(PIN_BYTES_MAX), StandardCharsets.US_ASCII)
          .strip()
          .toLowerCase(Locale.ROOT);
    } catch (NoSuchFileException first) {
      return null;
    } catch (IOException unreadable) {
      throw new Refused("The file %s with the key of %s cannot be read.".formatted(file, host));
    }
  }

  private String keep(String shown) throws CertificateException {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(
          file, shown + "\n", StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      return shown;
    } catch (FileAlreadyExistsException other) {
      String kept = kept();
      return kept == null ? "" : kept;
    } catch (IOException unwritable) {
      throw new Refused(
          "The key of %s cannot be kept in the file %s; see that the node may write there."
              .formatted(host, file));
    }
  }

  private static String fingerprint(X509Certificate certificate) throws CertificateException {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(certificate.getPublicKey().getEncoded()));
    } catch (GeneralSecurityException impossible) {
      throw new CertificateException("Every JDK has SHA-256", impossible);
    }
  }

  /// A certificate is not trusted; the message is a sentence for the owner.
  static final class Refused extends CertificateException {
    private static final long serialVersionUID = 1;

    Refused(String sentence) {
      super(sentence);
    }
  }

  // The methods below are never called for our connections, which come with an engine or a socket.

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new Refused("TLS without a connection is not for devices.");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw new Refused("A node does not let devices connect to it.");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw new Refused("A node does not let devices connect to it.");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new Refused("A node does not let devices connect to it.");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
