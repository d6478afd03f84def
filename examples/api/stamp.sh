#!/usr/bin/env bash
# Stamps a file by the API with nothing but curl, openssl and sed; verifies the token; sees what it
# has cost. Sends again when the connection breaks: the same Idempotency-Key, the same token.
#
#   TSA_URL=http://127.0.0.1:3161 TSA_API_KEY=tsa_… examples/api/stamp.sh FILE root.pem
set -euo pipefail
url=${TSA_URL:-http://127.0.0.1:3161}/api/v1
file=$1 root=$2

api() {
    curl --silent --show-error --fail-with-body --retry 5 --retry-connrefused --retry-all-errors \
        --header "Authorization: Bearer $TSA_API_KEY" "$@"
}

# The value of a field of flat JSON; programs use a JSON reader.
field() {
    sed -nE "s/.*\"$1\":\"?([^\",}]*).*/\1/p"
}

digest=$(openssl dgst -sha256 -r "$file" | cut -d ' ' -f 1)
order="{\"digests\":[{\"digest\":\"$digest\",\"name\":\"$(basename "$file")\"}]}"
key=$(openssl rand -hex 16)
answer=$(api --header 'Content-Type: application/json' --header "Idempotency-Key: $key" \
    --data "$order" "$url/stamps")
serial=$(field serial <<<"$answer")
echo "stamped: serial $serial, cost $(field charged <<<"$answer")"

# The response of RFC 3161, as OpenSSL reads it.
api --output "$file.tsr" "$url/stamps/$serial.tsr"
openssl ts -verify -data "$file" -in "$file.tsr" -CAfile "$root"
echo "balance: $(api "$url/account" | field balance)"
