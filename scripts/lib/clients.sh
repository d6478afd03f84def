# The clients that the tests of tsa-server run as their users would (docs/interop.md), besides
# openssl and curl, and what judges the certificates and bundles of tsa-filing. To be sourced after need.sh, in the root of the repository; works without
# network when nothing is missing.
#
#   need_clients      adds the Debian packages to what install_needed installs
#   install_clients   the pinned packages of Python and Node, in folders of their own; exports
#                     TSA_CLIENTS_PYTHON, TSA_DIGIDOC_PYTHON, TSA_SCHEMATHESIS and
#                     TSA_CLIENTS_NODE_MODULES, where the tests find them
#
# A change of the pinned versions makes a folder anew.

clients_tools=$(realpath -m "${CARGO_TARGET_DIR:-target}/tools")
clients_pins=tsa-server/tests/clients
clients_digidoc=tsa-filing/tests/programs/digidoc.txt

need_clients() {
    need javac default-jdk-headless
    need jarsigner default-jdk-headless
    need_file /usr/share/java/bcpkix.jar libbcprov-java libbcutil-java libbcpkix-java
    need osslsigncode osslsigncode
    need node nodejs
    clients_have_node || need npm npm
    { clients_have_python clients "$clients_pins/requirements.txt" &&
        clients_have_python schemathesis "$clients_pins/schemathesis.txt" &&
        clients_have_python digidoc "$clients_digidoc"; } || python3 -c 'import ensurepip, venv' 2>/dev/null ||
        need 'python3 with venv' python3 python3-venv
}

install_clients() {
    local name pins
    for name in "clients:$clients_pins/requirements.txt" \
        "schemathesis:$clients_pins/schemathesis.txt" "digidoc:$clients_digidoc"; do
        pins=${name#*:} name=${name%%:*}
        clients_have_python "$name" "$pins" || install_python "$name" "$pins"
    done
    clients_have_node || install_node_clients
    export TSA_CLIENTS_PYTHON="$clients_tools/clients-venv/bin/python"
    export TSA_DIGIDOC_PYTHON="$clients_tools/digidoc-venv/bin/python"
    export TSA_SCHEMATHESIS="$clients_tools/schemathesis-venv/bin/schemathesis"
    export TSA_CLIENTS_NODE_MODULES="$clients_tools/clients-node/node_modules"
}

# What was installed is what is asked for: the copy of the pins is made when all else is done.
clients_have_python() {
    cmp -s "$2" "$clients_tools/$1-venv/installed.txt" &&
        "$clients_tools/$1-venv/bin/python" -c '' 2>/dev/null
}

# What other packages need may contradict each other: a folder for each list.
install_python() {
    local venv="$clients_tools/$1-venv"
    echo "installing the packages of $2 in $venv"
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement "$2"
    cp "$2" "$venv/installed.txt"
}

clients_have_node() {
    cmp -s "$clients_pins/package-lock.json" "$clients_tools/clients-node/installed.json"
}

install_node_clients() {
    local folder="$clients_tools/clients-node"
    echo "installing the Node clients in $folder"
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "$clients_pins"/{package.json,package-lock.json,.npmrc} "$folder"
    npm ci --prefix "$folder" --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null
    cp "$clients_pins/package-lock.json" "$folder/installed.json"
}
