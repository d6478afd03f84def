// PKI.js as client: asks, reads and verifies what comes back, with the Web Crypto of Node.
//
// Usage: node stamp_pkijs.cjs URL ROOT.pem CHAIN.pem
//
// NODE_PATH names the folder of its modules. Ends with an error at the first thing that is not as
// it should be.

"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const { webcrypto } = require("node:crypto");
const asn1js = require("asn1js");
const pkijs = require("pkijs");

const DATA = Buffer.from("what is stamped");
const OTHER = Buffer.from("something else");
const POLICY = "1.3.6.1.4.1.32473.1";

const engine = new pkijs.CryptoEngine({ name: "node", crypto: webcrypto });
pkijs.setEngine("node", engine);

function readCertificates(path) {
    const pem = fs.readFileSync(path, "ascii");
    const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END/g);
    return [...blocks].map(([, base64]) =>
        pkijs.Certificate.fromBER(Buffer.from(base64, "base64")));
}

async function request(hash, withCertificates) {
    const nonce = webcrypto.getRandomValues(new Uint8Array(8));
    nonce[0] = 0x5a; // A positive integer in as few bytes as it takes.
    return new pkijs.TimeStampReq({
        version: 1,
        messageImprint: new pkijs.MessageImprint({
            hashAlgorithm: new pkijs.AlgorithmIdentifier({
                algorithmId: engine.getOIDByAlgorithm({ name: hash }),
            }),
            hashedMessage: new asn1js.OctetString({
                valueHex: await webcrypto.subtle.digest(hash, DATA),
            }),
        }),
        reqPolicy: POLICY,
        nonce: new asn1js.Integer({ valueHex: nonce.buffer }),
        certReq: withCertificates,
    });
}

async function ask(url, query) {
    const answer = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/timestamp-query" },
        body: query.toSchema().toBER(),
    });
    assert.strictEqual(answer.status, 200);
    assert.strictEqual(answer.headers.get("content-type"), "application/timestamp-reply");
    return pkijs.TimeStampResp.fromBER(await answer.arrayBuffer());
}

function assertAnswers(query, info) {
    const hex = (block) => Buffer.from(block.valueBlock.valueHexView).toString("hex");
    assert.strictEqual(info.policy, POLICY);
    assert.strictEqual(hex(info.nonce), hex(query.nonce));
    assert.strictEqual(
        hex(info.messageImprint.hashedMessage), hex(query.messageImprint.hashedMessage));
}

async function stamp(url, root, chain, hash, withCertificates) {
    const query = await request(hash, withCertificates);
    const response = await ask(url, query);
    assert.strictEqual(response.status.status, pkijs.PKIStatus.granted);
    const signed = new pkijs.SignedData({ schema: response.timeStampToken.content });
    assertAnswers(query, pkijs.TSTInfo.fromBER(signed.encapContentInfo.eContent.getValue()));

    const sent = signed.certificates ?? [];
    assert.strictEqual(sent.length, withCertificates ? chain.length : 0);
    // It takes certificates from the token only.
    signed.certificates = withCertificates ? sent : chain;
    const judge = (data) =>
        signed.verify({ signer: 0, data, trustedCerts: [root], checkChain: true });
    assert.strictEqual(await judge(Uint8Array.from(DATA).buffer), true, "signature");
    await assert.rejects(
        judge(Uint8Array.from(OTHER).buffer),
        (error) => /TSTInfo verification is failed/.test(error.message));
    console.log(`verified ${hash} ${sent.length} certificates`);
}

async function main() {
    const [url, rootPath, chainPath] = process.argv.slice(2);
    const [root] = readCertificates(rootPath);
    const chain = readCertificates(chainPath);
    for (const hash of ["SHA-256", "SHA-384", "SHA-512"]) {
        await stamp(url, root, chain, hash, true);
        await stamp(url, root, chain, hash, false);
    }
}

main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
});
