/* OpenSSL's TS_RESP_create_response in a loop, as bench/src/openssl.rs drives it.
 *
 * create_response KEY CERTIFICATE INTERMEDIATE REQUEST
 *
 * The context is set up once. One of a batch is what a server does with it: the request's bytes in
 * a BIO, TS_RESP_create_response, the response's bytes out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ts.h>

static unsigned char *last;
static int last_bytes;

static void fail(const char *what) {
    printf("%s: %s\n", what, ERR_error_string(ERR_get_error(), NULL));
    exit(1);
}

static void *must(void *made, const char *what) {
    if (made == NULL)
        fail(what);
    return made;
}

static long long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* 16 bytes, as ours; another for every token. */
static ASN1_INTEGER *next_serial(TS_RESP_CTX *context, void *unused) {
    static unsigned long long count;
    unsigned char bytes[16];
    BIGNUM *number;
    ASN1_INTEGER *serial;
    (void)context;
    (void)unused;
    memset(bytes, 0x17, sizeof bytes);
    count++;
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((0x0006000000000000ULL + count) >> (8 * (7 - i)));
    number = BN_bin2bn(bytes, sizeof bytes, NULL);
    serial = BN_to_ASN1_INTEGER(number, NULL);
    BN_free(number);
    return serial;
}

static TS_RESP_CTX *context(EVP_PKEY *key, X509 *certificate, X509 *intermediate) {
    TS_RESP_CTX *made = must(TS_RESP_CTX_new(), "TS_RESP_CTX_new");
    STACK_OF(X509) *chain = must(sk_X509_new_null(), "sk_X509_new_null");
    ASN1_OBJECT *policy = must(OBJ_txt2obj("1.3.6.1.4.1.32473.1", 1), "policy");
    if (!sk_X509_push(chain, intermediate)
        || !TS_RESP_CTX_set_signer_cert(made, certificate)
        || !TS_RESP_CTX_set_signer_key(made, key)
        || !TS_RESP_CTX_set_certs(made, chain)
        || !TS_RESP_CTX_set_def_policy(made, policy)
        || !TS_RESP_CTX_add_md(made, EVP_sha256())
        || !TS_RESP_CTX_set_signer_digest(made, EVP_sha256())
        || !TS_RESP_CTX_set_ess_cert_id_digest(made, EVP_sha256())
        || !TS_RESP_CTX_set_accuracy(made, 1, 0, 0)
        || !TS_RESP_CTX_set_clock_precision_digits(made, 3))
        fail("the context");
    TS_RESP_CTX_add_flags(made, TS_TSA_NAME);
    TS_RESP_CTX_set_serial_cb(made, next_serial, NULL);
    return made;
}

static void respond(TS_RESP_CTX *with, const unsigned char *request, int request_bytes) {
    BIO *input = must(BIO_new_mem_buf(request, request_bytes), "BIO_new_mem_buf");
    TS_RESP *response = must(TS_RESP_create_response(with, input), "TS_RESP_create_response");
    OPENSSL_free(last);
    last = NULL;
    last_bytes = i2d_TS_RESP(response, &last);
    if (last_bytes <= 0)
        fail("i2d_TS_RESP");
    TS_RESP_free(response);
    BIO_free(input);
}

/* As many bytes as the attributes of a token. */
static void sign(EVP_PKEY *key) {
    static const unsigned char message[200];
    unsigned char signature[128];
    size_t signature_bytes = sizeof signature;
    EVP_MD_CTX *digest = must(EVP_MD_CTX_new(), "EVP_MD_CTX_new");
    if (EVP_DigestSignInit(digest, NULL, EVP_sha256(), NULL, key) != 1
        || EVP_DigestSign(digest, signature, &signature_bytes, message, sizeof message) != 1)
        fail("EVP_DigestSign");
    EVP_MD_CTX_free(digest);
}

static BIO *open_file(const char *path) {
    return must(BIO_new_file(path, "rb"), path);
}

int main(int count, char **arguments) {
    static unsigned char request[65536];
    char line[64];
    unsigned n;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count != 5) {
        puts("usage: create_response KEY CERTIFICATE INTERMEDIATE REQUEST");
        return 2;
    }
    EVP_PKEY *key = must(PEM_read_bio_PrivateKey(open_file(arguments[1]), NULL, NULL, NULL), "key");
    X509 *leaf = must(PEM_read_bio_X509(open_file(arguments[2]), NULL, NULL, NULL), "certificate");
    X509 *above = must(PEM_read_bio_X509(open_file(arguments[3]), NULL, NULL, NULL), "intermediate");
    int request_bytes = BIO_read(open_file(arguments[4]), request, sizeof request);
    TS_RESP_CTX *with = context(key, leaf, above);
    puts("ready");
    while (fgets(line, sizeof line, stdin) != NULL) {
        long long start = now_ns();
        if (sscanf(line, "batch %u", &n) == 1) {
            while (n-- > 0)
                respond(with, request, request_bytes);
            printf("%lld\n", now_ns() - start);
        } else if (sscanf(line, "sign %u", &n) == 1) {
            while (n-- > 0)
                sign(key);
            printf("%lld\n", now_ns() - start);
        } else {
            for (int i = 0; i < last_bytes; i++)
                printf("%02x", last[i]);
            putchar('\n');
        }
    }
    return 0;
}
