# Debian packages the scripts cannot do without. To be sourced; works without network when nothing
# is missing.
#
#   need openssl openssl               the command, the packages that bring it
#   need clang-19 'clang-19|clang'     alternatives: the first that this release of Debian has
#   need_file /usr/lib/x.so libx-dev   a file in place of a command
#   need_postgres                      the database server, whatever its version
#   install_needed                     installs all that is missing in one go, or says why not

need_commands=()
need_files=()
need_packages=()

need() {
    local command=$1
    shift
    command -v "$command" >/dev/null 2>&1 && return
    need_commands+=("$command")
    need_packages+=("$@")
}

need_file() {
    local file=$1
    shift
    [ -e "$file" ] && return
    need_files+=("$file")
    need_packages+=("$@")
}

# A server of the tests' own is started from where Debian keeps its programs, apart by version.
need_postgres() {
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && return
    need_file '/usr/lib/postgresql/*/bin/initdb' postgresql
}

install_needed() {
    [ "${#need_packages[@]}" -gt 0 ] || return 0
    local as_root=() log package name packages=()
    if ! command -v apt-get >/dev/null 2>&1; then
        need_refuse "this is no Debian or Ubuntu"
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            need_refuse "that takes root or sudo"
            return 1
        fi
        as_root=(sudo)
    fi
    log=$(mktemp)
    echo "installing: ${need_packages[*]}"
    if ! "${as_root[@]}" apt-get update -qq >"$log" 2>&1; then
        need_refuse "apt-get update failed" "$log"
        return 1
    fi
    for package in "${need_packages[@]}"; do
        for name in ${package//|/ }; do
            apt-cache show "$name" >/dev/null 2>&1 && break
        done
        packages+=("$name")
    done
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --no-install-recommends -y -qq "${packages[@]}" >"$log" 2>&1; then
        need_refuse "apt-get install failed" "$log"
        return 1
    fi
    rm -f "$log"
    need_commands=() need_files=() need_packages=()
}

need_refuse() {
    echo "missing: ${need_commands[*]} ${need_files[*]}" >&2
    echo "install these Debian packages, or what matches them: ${need_packages[*]} ($1)" >&2
    if [ $# -gt 1 ]; then
        tail -n 5 "$2" >&2
        rm -f "$2"
    fi
}
