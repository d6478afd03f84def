"""Checks an ASiC-E container as the standard describes it, with openssl for the token.

    check_asice.py CONTAINER ROOT.pem INTERMEDIATE.pem [XSD]

The schema is ETSI's, where a path to it is given. Prints what is not as it should be; the last line
is `sound` or `not sound`.
"""

import base64
import hashlib
import os
import subprocess
import sys
import tempfile
import urllib.parse
import zipfile

from lxml import etree

ASIC = "{http://uri.etsi.org/02918/v1.2.1#}"
# When the token is judged, in seconds since 1970: the tests pass on any day.
MOMENT = "1796083200"
DS = "{http://www.w3.org/2000/09/xmldsig#}"


def main(path, root, intermediate, schema=None):
    wrong = []
    archive = zipfile.ZipFile(path)
    names = archive.namelist()
    first = archive.infolist()[0]
    if (first.filename, first.compress_type, first.extra) != ("mimetype", 0, b""):
        wrong.append("mimetype is not first, stored and without extra field")
    if archive.read("mimetype") != b"application/vnd.etsi.asic-e+zip":
        wrong.append("another mimetype")
    if archive.testzip():
        wrong.append("a wrong checksum")
    manifest = archive.read("META-INF/ASiCManifest001.xml")
    tree = etree.fromstring(manifest)
    if schema:
        folder, file = os.path.split(schema)
        os.chdir(folder)
        etree.XMLSchema(etree.parse(file)).assertValid(tree)
    listed = set()
    for reference in tree.iter(f"{ASIC}DataObjectReference"):
        name = urllib.parse.unquote(reference.get("URI"))
        listed.add(name)
        value = reference.findtext(f"{DS}DigestValue")
        if base64.b64decode(value) != hashlib.sha256(archive.read(name)).digest():
            wrong.append(f"{name}: another digest")
    for name in names:
        if name not in listed and name != "mimetype" and not name.startswith("META-INF/"):
            wrong.append(f"{name}: not listed")
    token = tree.find(f"{ASIC}SigReference").get("URI")
    with tempfile.TemporaryDirectory() as folder:
        stamped, stamp = os.path.join(folder, "manifest"), os.path.join(folder, "token")
        with open(stamped, "wb") as file:
            file.write(manifest)
        with open(stamp, "wb") as file:
            file.write(archive.read(token))
        done = subprocess.run(
            ["openssl", "ts", "-verify", "-data", stamped, "-in", stamp, "-token_in", "-CAfile",
             root, "-untrusted", intermediate, "-attime", MOMENT], capture_output=True, text=True)
        if "Verification: OK" not in done.stdout + done.stderr:
            wrong.append(done.stdout + done.stderr)
    print("\n".join([*wrong, "not sound" if wrong else "sound"]))


main(*sys.argv[1:])
