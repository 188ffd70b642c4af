// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import com.google.protobuf.ByteString;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.peermind.protocol.wire.TransportBindingPayload;

/// The P-256 key and self-signed certificate that a node uses for TLS. An extension of the
/// certificate carries the identity's signature over the TLS key: Ed25519 certificates fail with
/// OpenSSL, so the identity vouches for a key that works everywhere (design section 4).
public record TransportIdentity(PrivateKey privateKey, X509Certificate certificate) {
  private static final String TYPE = "transport-binding";

  /// Under the UUID arc of ITU-T X.667, which needs no registration.
  private static final ASN1ObjectIdentifier BINDING_OID =
      new ASN1ObjectIdentifier("2.25.226214171823479087114736274838472194067");

  private static final Duration VALIDITY = Duration.ofDays(90);
  private static final Duration CLOCK_TOLERANCE = Duration.ofDays(2);

  /// Draws a TLS key and has `identity` vouch for it, for 90 days from `now`.
  public static TransportIdentity generate(IdentityKey identity, Instant now, SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      KeyPair pair = generator.generateKeyPair();
      Instant notAfter = now.plus(VALIDITY);
      X500Name name = new X500Name("CN=" + identity.id().shortText());
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              new BigInteger(63, random).add(BigInteger.ONE),
              Date.from(now.minus(CLOCK_TOLERANCE)),
              Date.from(notAfter),
              name,
              pair.getPublic());
      builder.addExtension(
          BINDING_OID, false, new DEROctetString(binding(identity, pair.getPublic(), notAfter)));
      X509Certificate certificate =
          new JcaX509CertificateConverter()
              .getCertificate(
                  builder.build(
                      new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
      return new TransportIdentity(pair.getPrivate(), certificate);
    } catch (GeneralSecurityException | CertIOException | OperatorCreationException impossible) {
      throw new IllegalStateException("Every JDK makes P-256 certificates", impossible);
    }
  }

  /// Which node speaks through `certificate` at `now`.
  ///
  /// @throws ProtocolException when no identity vouches for its key, or no longer does
  public static NodeId nodeOf(X509Certificate certificate, Instant now) throws ProtocolException {
    byte[] extension = certificate.getExtensionValue(BINDING_OID.getId());
    if (extension == null) {
      throw new ProtocolException("the TLS certificate names no node");
    }
    try {
      byte[] inner = ASN1OctetString.getInstance(extension).getOctets();
      byte[] envelopeBytes = ASN1OctetString.getInstance(inner).getOctets();
      SignedEnvelope envelope = SignedEnvelope.ofBytes(envelopeBytes);
      TransportBindingPayload payload =
          Payloads.open(envelope, TYPE, TransportBindingPayload.parser(), wire -> wire);
      byte[] keyHash = Sha256.of(certificate.getPublicKey().getEncoded());
      if (!payload.getTlsKeySha256().equals(ByteString.copyFrom(keyHash))) {
        throw new ProtocolException("the TLS certificate's node vouches for another key");
      }
      if (Payloads.instant(payload.getNotAfterMs()).plus(CLOCK_TOLERANCE).isBefore(now)) {
        throw new ProtocolException("the TLS certificate's node no longer vouches for its key");
      }
      return envelope.signer();
    } catch (IllegalArgumentException malformed) {
      throw new ProtocolException("the TLS certificate's node cannot be read", malformed);
    }
  }

  private static byte[] binding(IdentityKey identity, PublicKey tlsKey, Instant notAfter) {
    return SignedEnvelope.seal(
            identity,
            TYPE,
            TransportBindingPayload.newBuilder()
                .setTlsKeySha256(ByteString.copyFrom(Sha256.of(tlsKey.getEncoded())))
                .setNotAfterMs(notAfter.toEpochMilli())
                .build()
                .toByteArray())
        .wire()
        .toByteArray();
  }
}
