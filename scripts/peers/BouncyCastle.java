// Bouncy Castle over the cases: TimeStampToken.validate, and a path built at genTime.
//
// Usage: BouncyCastle CASES

import java.io.FileReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.Security;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampToken;

public final class BouncyCastle {
    private static final PrintStream OUT = System.out;
    private static final long STACK_BYTES = 1 << 20;
    /** How long it may take over one case. */
    private static final long WAIT_MS = 30_000;

    private BouncyCastle() {}

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        List<Path> folders = new ArrayList<>();
        try (var listed = Files.list(Path.of(arguments[0]))) {
            listed.sorted().forEach(folders::add);
        }
        for (Path folder : folders) {
            var judging = new Thread(null, () -> judge(folder), "judging", STACK_BYTES);
            judging.setDaemon(true);
            judging.start();
            judging.join(WAIT_MS);
            if (judging.isAlive()) {
                tell(folder.getFileName().toString(), "no answer", null);
            }
        }
        System.exit(0);
    }

    private static void judge(Path folder) {
        TimeStampResponse response = null;
        TimeStampToken token;
        String name = folder.getFileName().toString();
        try {
            byte[] message = Files.readAllBytes(folder.resolve("token.tsr"));
            if (Files.readString(folder.resolve("case.json")).contains("\"form\": \"response\"")) {
                response = new TimeStampResponse(message);
                token = response.getTimeStampToken();
            } else {
                token = new TimeStampToken(new CMSSignedData(message));
            }
        } catch (Throwable error) {
            tell(name, "unreadable", error);
            return;
        }
        try {
            verify(folder, response, token);
            tell(name, "accepted", null);
        } catch (Throwable error) {
            tell(name, "refused", error);
        }
    }

    private static void verify(Path folder, TimeStampResponse response, TimeStampToken token)
            throws Exception {
        Path asked = folder.resolve("request.tsq");
        if (Files.exists(asked)) {
            var request = new TimeStampRequest(Files.readAllBytes(asked));
            if (response != null) {
                response.validate(request);
            } else {
                var info = token.getTimeStampInfo();
                demand(Arrays.equals(
                        request.getMessageImprintDigest(), info.getMessageImprintDigest()));
                demand(request.getNonce() == null || request.getNonce().equals(info.getNonce()));
                demand(request.getReqPolicy() == null
                        || request.getReqPolicy().equals(info.getPolicy()));
            }
        }
        demand(response == null || response.getStatus() <= 1);
        var info = token.getTimeStampInfo();
        var digest = MessageDigest.getInstance(info.getMessageImprintAlgOID().getId(), "BC");
        byte[] file = Files.readAllBytes(folder.resolve("file"));
        demand(Arrays.equals(digest.digest(file), info.getMessageImprintDigest()));

        List<X509CertificateHolder> bag = new ArrayList<>(token.getCertificates().getMatches(null));
        bag.addAll(read(folder.resolve("certificates.pem")));
        X509CertificateHolder signer = bag.stream().filter(token.getSID()::match).findFirst().get();
        token.validate(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(signer));

        Set<TrustAnchor> anchors = new HashSet<>();
        for (X509CertificateHolder root : read(folder.resolve("root.pem"))) {
            anchors.add(new TrustAnchor(certificate(root), null));
        }
        List<X509Certificate> certificates = new ArrayList<>();
        for (X509CertificateHolder holder : bag) {
            certificates.add(certificate(holder));
        }
        var target = new X509CertSelector();
        target.setCertificate(certificate(signer));
        var parameters = new PKIXBuilderParameters(anchors, target);
        parameters.setRevocationEnabled(false);
        parameters.setDate(info.getGenTime());
        var store = new CollectionCertStoreParameters(certificates);
        parameters.addCertStore(CertStore.getInstance("Collection", store, "BC"));
        CertPathBuilder.getInstance("PKIX", "BC").build(parameters);
    }

    private static void tell(String name, String answer, Throwable why) {
        String words = why == null ? "" : String.valueOf(why).replaceAll("\\s+", " ");
        OUT.println(name + "\t" + answer + "\t" + words.substring(0, Math.min(words.length(), 160)));
    }

    private static void demand(boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException("not what was asked for");
        }
    }

    private static List<X509CertificateHolder> read(Path path) throws Exception {
        List<X509CertificateHolder> certificates = new ArrayList<>();
        if (!Files.exists(path)) {
            return certificates;
        }
        try (var parser = new PEMParser(new FileReader(path.toFile()))) {
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
}
