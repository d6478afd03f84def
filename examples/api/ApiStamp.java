import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampToken;
import org.bouncycastle.util.Store;

/**
 * Stamps a file by the API and verifies the token with Bouncy Castle.
 *
 * <pre>TSA_API_KEY=tsa_… java -cp bcprov.jar:bcutil.jar:bcpkix.jar:. ApiStamp URL FILE ROOT</pre>
 *
 * The request is sent again when the connection breaks, with the same Idempotency-Key. Without credits
 * it waits for a top-up.
 */
public final class ApiStamp {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String KEY = System.getenv("TSA_API_KEY");

    private ApiStamp() {}

    public static void main(String[] arguments) throws Exception {
        String url = arguments[0].replaceAll("/$", "") + "/api/v1";
        Path file = Path.of(arguments[1]);
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
        String order = "{\"digests\":[{\"digest\":\"" + HexFormat.of().formatHex(digest) + "\"}]}";
        HttpRequest request = request(url + "/stamps")
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", UUID.randomUUID().toString())
                .POST(HttpRequest.BodyPublishers.ofString(order))
                .build();
        HttpResponse<byte[]> answer = send(request);
        for (boolean told = false; answer.statusCode() == 402; answer = send(request)) {
            // A webhook `top_up` tells it sooner; this example just tries again.
            System.out.println(told ? "" : "waiting for a top-up");
            told = true;
            Thread.sleep(200);
        }
        demand(answer.statusCode() == 200, new String(answer.body()));
        String serial = field(new String(answer.body()), "serial");

        HttpRequest again = request(url + "/stamps/" + serial + ".tsr").GET().build();
        TimeStampToken token = new TimeStampResponse(send(again).body()).getTimeStampToken();
        demand(Arrays.equals(token.getTimeStampInfo().getMessageImprintDigest(), digest), "digest");
        demand(token.getTimeStampInfo().getSerialNumber().equals(new BigInteger(serial, 16)), serial);
        verify(token, Path.of(arguments[2]));
        Files.write(Path.of(file + ".tsr"), new TimeStampResponse(send(again).body()).getEncoded());
        System.out.println("verified " + token.getTimeStampInfo().getGenTime().toInstant());
        String account = new String(send(request(url + "/account").GET().build()).body());
        System.out.println("balance " + field(account, "balance"));
    }

    /** The signature, by a certificate of the token that the root has signed. */
    @SuppressWarnings("unchecked") // SignerId selects certificates, which its type does not say.
    private static void verify(TimeStampToken token, Path root) throws Exception {
        X509Certificate anchor;
        try (var in = Files.newInputStream(root)) {
            anchor = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        Store<X509CertificateHolder> certificates = token.getCertificates();
        Collection<X509CertificateHolder> signers = certificates.getMatches(token.getSID());
        X509CertificateHolder signer = signers.iterator().next();
        new JcaX509CertificateConverter().getCertificate(signer).verify(anchor.getPublicKey());
        token.validate(new JcaSimpleSignerInfoVerifierBuilder().build(signer));
    }

    private static HttpRequest.Builder request(String url) {
        return HttpRequest.newBuilder(URI.create(url)).header("Authorization", "Bearer " + KEY);
    }

    /** Sends a request until it is answered. */
    private static HttpResponse<byte[]> send(HttpRequest request) throws Exception {
        for (int attempt = 1; ; attempt++) {
            try {
                return CLIENT.send(request, HttpResponse.BodyHandlers.ofByteArray());
            } catch (IOException broken) {
                System.out.println("sent again: " + broken);
                demand(attempt < 20, "no answer");
                Thread.sleep(100L * attempt);
            }
        }
    }

    /** A field of JSON by its name; programs use a JSON reader. */
    private static String field(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\"?([^\",}]*)").matcher(json);
        demand(found.find(), json);
        return found.group(1);
    }

    private static void demand(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }
}
