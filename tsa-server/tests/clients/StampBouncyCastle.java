// Bouncy Castle as client: asks, reads and verifies what comes back, with its own provider.
//
// Usage: StampBouncyCastle URL ROOT.pem CHAIN.pem [POLICY]
//
// Ends with an exception at the first thing that is not as it should be.

import java.io.FileReader;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Security;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.SignerInformationVerifier;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.tsp.TSPAlgorithms;
import org.bouncycastle.tsp.TSPException;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampToken;

public final class StampBouncyCastle {
    private static final String POLICY = "1.3.6.1.4.1.32473.1";

    private final ASN1ObjectIdentifier policy;
    private final String url;
    private final X509Certificate root;
    private final List<X509CertificateHolder> chain;

    private StampBouncyCastle(String url, String root, String chain, String policy)
            throws Exception {
        this.policy = new ASN1ObjectIdentifier(policy);
        this.url = url;
        this.root = certificate(read(root).get(0));
        this.chain = read(chain);
    }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        var policy = arguments.length > 3 ? arguments[3] : POLICY;
        var client = new StampBouncyCastle(arguments[0], arguments[1], arguments[2], policy);
        for (boolean withCertificates : new boolean[] {true, false}) {
            client.stamp("SHA-256", TSPAlgorithms.SHA256, withCertificates);
            client.stamp("SHA-384", TSPAlgorithms.SHA384, withCertificates);
            client.stamp("SHA-512", TSPAlgorithms.SHA512, withCertificates);
        }
    }

    private void stamp(String hash, ASN1ObjectIdentifier algorithm, boolean withCertificates)
            throws Exception {
        var generator = new TimeStampRequestGenerator();
        generator.setCertReq(withCertificates);
        generator.setReqPolicy(policy);
        var nonce = new BigInteger(64, new SecureRandom());
        TimeStampRequest request = generator.generate(algorithm, digest(hash, "stamped"), nonce);

        TimeStampResponse response = new TimeStampResponse(post(request.getEncoded()));
        response.validate(request);
        TimeStampToken token = response.getTimeStampToken();
        Collection<X509CertificateHolder> sent = token.getCertificates().getMatches(null);
        int expected = withCertificates ? chain.size() : 0;
        demand(sent.size() == expected, "certificates: " + sent.size());
        Collection<X509CertificateHolder> bag = withCertificates ? sent : chain;

        X509CertificateHolder signer = bag.stream().filter(token.getSID()::match).findAny().get();
        token.validate(verifierFor(signer));
        buildPath(signer, bag, token);
        refuseForOther(hash, algorithm, nonce, response);
        System.out.println("verified " + hash + " " + sent.size() + " certificates");
    }

    private static SignerInformationVerifier verifierFor(X509CertificateHolder signer)
            throws Exception {
        return new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(signer);
    }

    private void buildPath(
            X509CertificateHolder signer,
            Collection<X509CertificateHolder> bag,
            TimeStampToken token)
            throws Exception {
        var certificates = new ArrayList<X509Certificate>();
        for (X509CertificateHolder holder : bag) {
            certificates.add(certificate(holder));
        }
        var target = new X509CertSelector();
        target.setCertificate(certificate(signer));
        var parameters = new PKIXBuilderParameters(Set.of(new TrustAnchor(root, null)), target);
        parameters.setRevocationEnabled(false);
        parameters.setDate(token.getTimeStampInfo().getGenTime());
        var store = new CollectionCertStoreParameters(certificates);
        parameters.addCertStore(CertStore.getInstance("Collection", store, "BC"));
        CertPathBuilder.getInstance("PKIX", "BC").build(parameters);
    }

    /** A judge who accepts everything is none. */
    private static void refuseForOther(
            String hash,
            ASN1ObjectIdentifier algorithm,
            BigInteger nonce,
            TimeStampResponse response)
            throws Exception {
        var generator = new TimeStampRequestGenerator();
        TimeStampRequest other = generator.generate(algorithm, digest(hash, "other"), nonce);
        try {
            response.validate(other);
        } catch (TSPException error) {
            demand(error.getMessage().contains("different message imprint"), error.getMessage());
            return;
        }
        throw new AssertionError("accepted for something else");
    }

    private byte[] post(byte[] body) throws Exception {
        var connection = (HttpURLConnection) new URL(url).openConnection();
        connection.setDoOutput(true);
        connection.setRequestMethod("POST");
        connection.setRequestProperty("Content-Type", "application/timestamp-query");
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        }
        demand(connection.getResponseCode() == 200, "HTTP " + connection.getResponseCode());
        demand("application/timestamp-reply".equals(connection.getContentType()), "content type");
        try (InputStream in = connection.getInputStream()) {
            return in.readAllBytes();
        }
    }

    private static byte[] digest(String hash, String text) throws Exception {
        return MessageDigest.getInstance(hash).digest(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<X509CertificateHolder> read(String path) throws Exception {
        var certificates = new ArrayList<X509CertificateHolder>();
        try (var parser = new PEMParser(new FileReader(path))) {
            Object object;
            while ((object = parser.readObject()) != null) {
                certificates.add((X509CertificateHolder) object);
            }
        }
        return certificates;
    }

    private static X509Certificate certificate(X509CertificateHolder holder) throws Exception {
        return new JcaX509CertificateConverter().setProvider("BC").getCertificate(holder);
    }

    private static void demand(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
