"""Lets libdigidocpp judge ASiC-S containers, with a CA in a trusted list made here.

    check_asics.py CA.pem CONTAINER...

A line for each container: `VALID`, or what is wrong with it.
"""

import base64
import os
import shutil
import subprocess
import sys
import tempfile

TRUSTED_LIST = """<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#"
 TSLTag="http://uri.etsi.org/19612/TSLTag" Id="tl"><SchemeInformation>
<TSLVersionIdentifier>5</TSLVersionIdentifier><TSLSequenceNumber>1</TSLSequenceNumber>
<TSLType>http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric</TSLType>
<SchemeOperatorName><Name xml:lang="en">Tests</Name></SchemeOperatorName>
<SchemeTerritory>EE</SchemeTerritory>
<ListIssueDateTime>2020-01-01T00:00:00Z</ListIssueDateTime>
<NextUpdate><dateTime>2044-12-01T00:00:00Z</dateTime></NextUpdate></SchemeInformation>
<TrustServiceProviderList><TrustServiceProvider><TSPServices><TSPService><ServiceInformation>
<ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST</ServiceTypeIdentifier>
<ServiceName><Name xml:lang="en">Tests</Name></ServiceName><ServiceDigitalIdentity><DigitalId>
<X509Certificate>%s</X509Certificate></DigitalId></ServiceDigitalIdentity>
<ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted</ServiceStatus>
<StatusStartingTime>2020-01-01T00:00:00Z</StatusStartingTime></ServiceInformation></TSPService>
</TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>"""


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


# In a process of its own: both libraries bring a libxml2, and one process stands one.
def trusted_list(folder, authority):
    from lxml import etree
    from signxml import XMLSigner, methods

    key, own = os.path.join(folder, "list.key"), os.path.join(folder, "list.pem")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=list", "-days", "2",
            "-keyout", key, "-out", own)
    der = openssl("x509", "-in", authority, "-outform", "DER")
    root = etree.fromstring(TRUSTED_LIST % base64.b64encode(der).decode())
    signer = XMLSigner(method=methods.enveloped, signature_algorithm="rsa-sha256",
                       digest_algorithm="sha256",
                       c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
    with open(key, "rb") as key_file, open(own) as own_file:
        signed = signer.sign(root, key=key_file.read(), cert=own_file.read())
    with open(os.path.join(folder, "trusted.xml"), "wb") as file:
        file.write(etree.tostring(signed))


def main(authority, *containers):
    import pydigidoc
    from pydigidoc import digidoc

    with tempfile.TemporaryDirectory() as folder:
        schemas = os.path.join(os.path.dirname(pydigidoc.__file__), "schema")
        shutil.copytree(schemas, folder, dirs_exist_ok=True)
        subprocess.run([sys.executable, __file__, "--list", folder, authority], check=True)
        own = os.path.join(folder, "list.pem")
        list_certificate = openssl("x509", "-in", own, "-outform", "DER")
        # Nothing listens there: the list is the one in the folder.
        configuration = pydigidoc.DigiDocConf(folder)
        configuration.set_tslurl("http://127.0.0.1:1/trusted.xml")
        configuration.set_tslcert(list_certificate)
        pydigidoc.DigiDocConf.init(configuration)
        configuration.thisown = False
        digidoc.initialize("tests")
        for path in containers:
            print(os.path.basename(path), judge(pydigidoc.Container, path))


def judge(container, path):
    try:
        opened = container.open(path)
        signatures = list(opened.signatures())
        for signature in signatures:
            signature.validate()
        return "VALID" if signatures else "no signature"
    except Exception as error:  # whatever the library throws is its verdict
        return f"invalid: {error}"


if sys.argv[1] == "--list":
    trusted_list(*sys.argv[2:])
else:
    main(*sys.argv[1:])
