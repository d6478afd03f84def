# What the benches share. To be sourced after need.sh, in the root of the repository.
#
#   bench_begin NAME WORDS "$@"   reads the options; installs and builds what is needed; sets
#                                 bench_programs and bench_rows, and prints where it runs
#   bench_c NAME                  builds bench/openssl/NAME.c as $bench_programs/NAME
#   bench_end                     shows the table, keeps the rows with --save
#
# Each bench prints rows of JSON into $bench_rows; bench/report.py lays them out.

bench_begin() {
    local name=$1 words=$2 argument
    shift 2
    bench_name=$name
    bench_save=false
    for argument in "$@"; do
        case $argument in
        --save) bench_save=true ;;
        -h | --help)
            printf 'usage: scripts/bench-%s [--save]\n\n%s\n\n' "$name" "$words"
            echo "--save keeps the rows for scripts/bench, in bench-$name.jsonl of the target folder"
            exit 0
            ;;
        *)
            echo "usage: scripts/bench-$name [--save]; --help says more" >&2
            exit 2
            ;;
        esac
    done
    if [ "$(nproc)" -lt 2 ]; then
        echo "two cores are needed: one is measured, the other does the rest" >&2
        exit 1
    fi
    need cc gcc libc6-dev
    need_file /usr/include/openssl/ts.h libssl-dev
    need openssl openssl
    need wrk wrk
    need taskset util-linux
    need python3 python3
    install_needed

    bench_build
    bench_target=$(cargo metadata --format-version 1 --no-deps --offline |
        sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
    bench_programs=$bench_target/release
    bench_rows=$(mktemp)
    trap 'rm -f "$bench_rows"' EXIT
    # The last core: most interrupts go to the first.
    bench_core=$(($(nproc) - 1))
    bench_place >"$bench_rows"
}

# A script that needs other programs has a function of this name in its place.
bench_build() {
    cargo build --release --locked --quiet -p tsa-bench --bins
    cargo build --release --locked --quiet -p tsa-server --bin tsa-server
}

bench_c() {
    cc -O2 -Wall -Wextra -o "$bench_programs/$1" "bench/openssl/$1.c" -lcrypto
}

bench_end() {
    python3 bench/report.py table "$bench_rows"
    if $bench_save; then
        cp "$bench_rows" "$bench_target/bench-$bench_name.jsonl"
        echo "saved: $bench_target/bench-$bench_name.jsonl"
    fi
}

# Where and of what the figures are, as a row.
bench_place() {
    local commit
    commit=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
    [ -z "$(git status --porcelain 2>/dev/null)" ] || commit="$commit, with changes"
    python3 - "$bench_name" "$commit" <<'PY'
import datetime, json, os, re, subprocess, sys

def said(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout or done.stderr).splitlines()[0]

with open("/proc/cpuinfo") as file:
    models = re.findall(r"model name\s*: (.*)", file.read())
with open("Cargo.lock") as file:
    ring = re.search(r'name = "ring"\nversion = "([^"]*)"', file.read())[1]
print(json.dumps({
    "row": "place", "bench": sys.argv[1], "commit": sys.argv[2],
    "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "machine": f"{models[0] if models else os.uname().machine}, {os.cpu_count()} cores, "
               f"{os.uname().sysname} {os.uname().release}",
    "compiler": said("rustc", "--version"), "ring": ring,
    "openssl": said("openssl", "version").split(" (")[0],
    "wrk": " ".join(said("wrk", "-v").split()[:2]),
}))
PY
}
