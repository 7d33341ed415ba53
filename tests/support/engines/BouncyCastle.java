// Bouncy Castle as a program: one question a line on standard input, fields between tabs, one answer a line.
// Names of files are PEM for certificates and keys, DER for CMS, bytes for content; "-" is a content that is embedded.
import java.io.BufferedReader;
import java.io.FileReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedData;
import org.bouncycastle.cms.CMSAuthEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.Recipient;
import org.bouncycastle.cms.RecipientInfoGenerator;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyAgreeEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyTransAuthEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.util.CollectionStore;

public class BouncyCastle {
  static final String BC = "BC";

  public static void main(String[] ignored) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = questions.readLine()) != null; ) {
      try {
        System.out.println("ok " + answer(line.split("\t", -1)));
      } catch (Exception | LinkageError error) {
        System.out.println("no " + String.valueOf(error).replaceAll("\\s+", " "));
      }
      System.out.flush();
    }
  }

  static String answer(String[] question) throws Exception {
    switch (question[0]) {
      case "version": return Security.getProvider(BC).getVersionStr();
      case "sign": return sign(question);
      case "verify": return verify(question);
      case "encrypt": return encrypt(question);
      case "decrypt": return decrypt(question);
      default: throw new IllegalArgumentException(question[0]);
    }
  }

  // sign CONTENT CERTIFICATE KEY ISSUER OUT SHA256 pss|"" embed|""
  static String sign(String[] q) throws Exception {
    X509CertificateHolder certificate = certificate(q[2]);
    CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
    generator.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(
        new JcaDigestCalculatorProviderBuilder().setProvider(BC).build()).build(signer(key(q[3]), q[6], q[7]), certificate));
    generator.addCertificates(new CollectionStore<>(List.of(certificate, certificate(q[4]))));
    write(q[5], generator.generate(new CMSProcessableByteArray(read(q[1])), q[8].equals("embed")).getEncoded());
    return "";
  }

  static ContentSigner signer(PrivateKey key, String digest, String padding) throws Exception {
    String algorithm = key.getAlgorithm();
    if (padding.equals("pss")) {
      String name = digest.replace("SHA", "SHA-");
      int salt = Integer.parseInt(digest.substring(3)) / 8;
      PSSParameterSpec pss = new PSSParameterSpec(name, "MGF1", new MGF1ParameterSpec(name), salt, 1);
      return new JcaContentSignerBuilder(digest + "withRSAandMGF1", pss).setProvider(BC).build(key);
    }
    String name = algorithm.equals("RSA") ? digest + "withRSA" : algorithm.startsWith("EC") ? digest + "withECDSA" : "Ed25519";
    return new JcaContentSignerBuilder(name).setProvider(BC).build(key);
  }

  // verify SIGNED CONTENT|- ROOT ISSUER OUT
  static String verify(String[] q) throws Exception {
    boolean isDetached = !q[2].equals("-");
    CMSSignedData signed = isDetached
        ? new CMSSignedData(new CMSProcessableByteArray(read(q[2])), read(q[1])) : new CMSSignedData(read(q[1]));
    Collection<SignerInformation> signers = signed.getSignerInfos().getSigners();
    if (signers.size() != 1) throw new SecurityException("signers: " + signers.size());
    SignerInformation signer = signers.iterator().next();
    X509CertificateHolder certificate = (X509CertificateHolder) signed.getCertificates().getMatches(signer.getSID()).iterator().next();
    if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider(BC).build(certificate))) {
      throw new SecurityException("the signature does not hold");
    }
    validate(List.of(converted(certificate), converted(certificate(q[4]))), converted(certificate(q[3])));
    if (!isDetached) write(q[5], (byte[]) signed.getSignedContent().getContent());
    return signer.getEncryptionAlgOID();
  }

  static void validate(List<X509Certificate> path, X509Certificate root) throws Exception {
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    parameters.setRevocationEnabled(false);
    CertificateFactory factory = CertificateFactory.getInstance("X.509", BC);
    CertPathValidator.getInstance("PKIX", BC).validate(factory.generateCertPath(path), parameters);
  }

  // encrypt CONTENT OUT AES256_CBC pkcs1|oaep|ecdh HASH cofactor|"" CERTIFICATE...
  static String encrypt(String[] q) throws Exception {
    ASN1ObjectIdentifier content = (ASN1ObjectIdentifier) CMSAlgorithm.class.getField(q[3]).get(null);
    OutputEncryptor encryptor = new JceCMSContentEncryptorBuilder(content).setProvider(BC).build();
    CMSProcessableByteArray octets = new CMSProcessableByteArray(read(q[1]));
    List<RecipientInfoGenerator> recipients = new ArrayList<>();
    for (String file : Arrays.asList(q).subList(7, q.length)) recipients.add(recipient(converted(certificate(file)), q));
    if (q[3].endsWith("GCM")) {
      CMSAuthEnvelopedDataGenerator generator = new CMSAuthEnvelopedDataGenerator();
      recipients.forEach(generator::addRecipientInfoGenerator);
      write(q[2], generator.generate(octets, (OutputAEADEncryptor) encryptor).getEncoded());
    } else {
      CMSEnvelopedDataGenerator generator = new CMSEnvelopedDataGenerator();
      recipients.forEach(generator::addRecipientInfoGenerator);
      write(q[2], generator.generate(octets, encryptor).getEncoded());
    }
    return "";
  }

  static RecipientInfoGenerator recipient(X509Certificate certificate, String[] q) throws Exception {
    switch (q[4]) {
      case "pkcs1": return new JceKeyTransRecipientInfoGenerator(certificate).setProvider(BC);
      case "oaep": return new JceKeyTransRecipientInfoGenerator(certificate, new JcaAlgorithmParametersConverter()
          .getAlgorithmIdentifier(PKCSObjectIdentifiers.id_RSAES_OAEP, oaep(q[5].replace("SHA", "SHA-")))).setProvider(BC);
      default: return agreement(certificate, q);
    }
  }

  static OAEPParameterSpec oaep(String digest) {
    return new OAEPParameterSpec(digest, "MGF1", new MGF1ParameterSpec(digest), PSource.PSpecified.DEFAULT);
  }

  static RecipientInfoGenerator agreement(X509Certificate certificate, String[] q) throws Exception {
    KeyPairGenerator pairs = KeyPairGenerator.getInstance("EC", BC);
    pairs.initialize(((ECPublicKey) certificate.getPublicKey()).getParams());
    KeyPair own = pairs.generateKeyPair();
    String scheme = (q[6].isEmpty() ? "ECDH_" : "ECCDH_") + q[5] + "KDF";
    ASN1ObjectIdentifier kdf = (ASN1ObjectIdentifier) CMSAlgorithm.class.getField(scheme).get(null);
    ASN1ObjectIdentifier wrap = q[3].startsWith("AES128") ? CMSAlgorithm.AES128_WRAP : CMSAlgorithm.AES256_WRAP;
    return new JceKeyAgreeRecipientInfoGenerator(kdf, own.getPrivate(), own.getPublic(), wrap)
        .addRecipient(certificate).setProvider(BC);
  }

  // decrypt ENVELOPED CERTIFICATE KEY OUT
  static String decrypt(String[] q) throws Exception {
    byte[] enveloped = read(q[1]);
    boolean isAuthenticated = CMSObjectIdentifiers.authEnvelopedData.equals(ContentInfo.getInstance(enveloped).getContentType());
    Collection<RecipientInformation> all = (isAuthenticated
        ? new CMSAuthEnvelopedData(enveloped).getRecipientInfos() : new CMSEnvelopedData(enveloped).getRecipientInfos()).getRecipients();
    PrivateKey key = key(q[3]);
    for (RecipientInformation one : all) {
      if (one.getRID().match(certificate(q[2]))) {
        write(q[4], one.getContent(reader(key, isAuthenticated)));
        return one.getKeyEncryptionAlgOID();
      }
    }
    throw new SecurityException("no RecipientInfo for this certificate");
  }

  static Recipient reader(PrivateKey key, boolean isAuthenticated) {
    if (key.getAlgorithm().equals("RSA")) {
      return isAuthenticated ? new JceKeyTransAuthEnvelopedRecipient(key).setProvider(BC)
          : new JceKeyTransEnvelopedRecipient(key).setProvider(BC);
    }
    if (isAuthenticated) throw new UnsupportedOperationException("1.72 has no key agreement for AuthEnvelopedData");
    return new JceKeyAgreeEnvelopedRecipient(key).setProvider(BC);
  }

  static X509CertificateHolder certificate(String file) throws Exception {
    try (PEMParser parser = new PEMParser(new FileReader(file))) {
      return (X509CertificateHolder) parser.readObject();
    }
  }

  static X509Certificate converted(X509CertificateHolder holder) throws Exception {
    return new JcaX509CertificateConverter().setProvider(BC).getCertificate(holder);
  }

  static PrivateKey key(String file) throws Exception {
    try (PEMParser parser = new PEMParser(new FileReader(file))) {
      return new JcaPEMKeyConverter().setProvider(BC).getPrivateKey((PrivateKeyInfo) parser.readObject());
    }
  }

  static byte[] read(String file) throws Exception {
    return Files.readAllBytes(Path.of(file));
  }

  static void write(String file, byte[] octets) throws Exception {
    Files.write(Path.of(file), octets);
  }
}
