/* OpenSSL's TS_RESP_verify_response in a loop, as bench/src/openssl.rs drives it.
 *
 * verify_response REQUEST RESPONSE ROOT
 *
 * The store with the root is made once. One of a batch is what a client does with an answer: the
 * response parsed, a verifying context made of the request, everything checked, at the time now. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509.h>

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

static void verify(TS_REQ *request, const unsigned char *bytes, int length, X509_STORE *store) {
    TS_RESP *response = must(d2i_TS_RESP(NULL, &bytes, length), "d2i_TS_RESP");
    TS_VERIFY_CTX *with = must(TS_REQ_to_TS_VERIFY_CTX(request, NULL), "TS_REQ_to_TS_VERIFY_CTX");
    TS_VERIFY_CTX_add_flags(with, TS_VFY_SIGNATURE);
    /* The context frees what it is given. */
    X509_STORE_up_ref(store);
    TS_VERIFY_CTX_set_store(with, store);
    if (TS_RESP_verify_response(with, response) != 1)
        fail("TS_RESP_verify_response");
    TS_VERIFY_CTX_free(with);
    TS_RESP_free(response);
}

/* Bare checks of one signature, with the key and the message of a certificate. */
static void check(X509 *root, EVP_PKEY *key) {
    if (X509_verify(root, key) != 1)
        fail("X509_verify");
}

static BIO *open_file(const char *path) {
    return must(BIO_new_file(path, "rb"), path);
}

int main(int count, char **arguments) {
    static unsigned char response[65536];
    char line[64];
    unsigned n;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count != 4) {
        puts("usage: verify_response REQUEST RESPONSE ROOT");
        return 2;
    }
    TS_REQ *request = must(d2i_TS_REQ_bio(open_file(arguments[1]), NULL), "request");
    int response_bytes = BIO_read(open_file(arguments[2]), response, sizeof response);
    X509 *root = must(PEM_read_bio_X509(open_file(arguments[3]), NULL, NULL, NULL), "root");
    EVP_PKEY *key = must(X509_get0_pubkey(root), "key");
    X509_STORE *store = must(X509_STORE_new(), "X509_STORE_new");
    X509_STORE_add_cert(store, root);
    puts("ready");
    while (fgets(line, sizeof line, stdin) != NULL) {
        long long start = now_ns();
        if (sscanf(line, "batch %u", &n) == 1) {
            while (n-- > 0)
                verify(request, response, response_bytes, store);
        } else if (sscanf(line, "check %u", &n) == 1) {
            while (n-- > 0)
                check(root, key);
        }
        printf("%lld\n", now_ns() - start);
    }
    return 0;
}
