// PKI.js over the cases, with the Web Crypto of Node; chains are judged at genTime.
//
// Usage: node pkijs.cjs CASES, with NODE_PATH naming the folder of its modules.

"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { webcrypto } = require("node:crypto");
const pkijs = require("pkijs");

const GEN_TIME = new Date("2026-05-10T13:21:41Z");

pkijs.setEngine("node", new pkijs.CryptoEngine({ name: "node", crypto: webcrypto }));

function bytes(file) {
    return Uint8Array.from(fs.readFileSync(file)).buffer;
}

function certificates(file) {
    if (!fs.existsSync(file)) {
        return [];
    }
    const blocks = fs.readFileSync(file, "ascii")
        .matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END/g);
    return [...blocks].map(([, base64]) =>
        pkijs.Certificate.fromBER(Buffer.from(base64, "base64")));
}

function hex(block) {
    return block ? Buffer.from(block.valueBlock.valueHexView).toString("hex") : "";
}

function read(folder, form) {
    const message = bytes(path.join(folder, "token.tsr"));
    let content = null;
    if (form === "response") {
        const response = pkijs.TimeStampResp.fromBER(message);
        if (response.status.status > 1 || !response.timeStampToken) {
            return null;
        }
        content = response.timeStampToken.content;
    } else {
        content = pkijs.ContentInfo.fromBER(message).content;
    }
    return new pkijs.SignedData({ schema: content });
}

async function verify(folder, signed) {
    const given = certificates(path.join(folder, "certificates.pem"));
    signed.certificates = [...(signed.certificates ?? []), ...given];
    const request = path.join(folder, "request.tsq");
    if (fs.existsSync(request)) {
        const asked = pkijs.TimeStampReq.fromBER(bytes(request));
        const info = pkijs.TSTInfo.fromBER(signed.encapContentInfo.eContent.getValue());
        if (asked.nonce && hex(asked.nonce) !== hex(info.nonce)) {
            return false;
        }
        if (asked.reqPolicy && asked.reqPolicy !== info.policy) {
            return false;
        }
    }
    return signed.verify({
        signer: 0,
        data: bytes(path.join(folder, "file")),
        trustedCerts: certificates(path.join(folder, "root.pem")),
        checkChain: true,
        checkDate: GEN_TIME,
    });
}

function tell(name, answer, why) {
    const words = String(why ?? "").split(/\s+/).join(" ").slice(0, 160);
    console.log(`${name}\t${answer}\t${words}`);
}

async function main() {
    const [cases] = process.argv.slice(2);
    for (const name of fs.readdirSync(cases).sort()) {
        const folder = path.join(cases, name);
        const { form } = JSON.parse(fs.readFileSync(path.join(folder, "case.json"), "utf8"));
        let signed;
        try {
            signed = read(folder, form);
        } catch (error) {
            tell(name, "unreadable", error.message);
            continue;
        }
        try {
            const holds = signed !== null && await verify(folder, signed);
            tell(name, holds === true ? "accepted" : "refused");
        } catch (error) {
            tell(name, "refused", error.message ?? error.resultMessage);
        }
    }
}

main();
