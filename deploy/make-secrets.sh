#!/usr/bin/env bash
# Makes every secret that Daypass can make for itself, one file each, in a directory nobody else can enter.
# A file that exists is left alone, so running it again adds only what is missing. Needs openssl.
#
#   deploy/make-secrets.sh DIRECTORY [DATABASE_HOST:PORT [BROKER_HOST:PORT]]
#
# Three files are left for you, because only you know what belongs in them; the script names them.
set -euo pipefail
umask 077

directory=${1:?"usage: make-secrets.sh DIRECTORY [DATABASE_HOST:PORT [BROKER_HOST:PORT]]"}
database=${2:-postgres:5432}
broker=${3:-valkey:6379}
mkdir -p "$directory"
cd "$directory"

base64url() { openssl base64 -A | tr '+/' '-_'; }
random() { openssl rand "$1" | base64url | tr -d '='; }
keep() { # name: standard input becomes the file, unless it is there already
    if [ -e "$1" ]; then cat >/dev/null; else cat >"$1" && echo "made $1"; fi
}

random 48 | keep secret_key
for role in owner web worker; do
    random 24 | keep "database_${role}_password"
    echo "postgres://daypass_$role:$(<"database_${role}_password")@$database/daypass" | keep "database_url_$role"
done
random 24 | keep postgres_password

random 24 | keep broker_password
echo "redis://:$(<broker_password)@$broker/0" | keep broker_url
# A doorbell that forgets nobody's ring: written to disk, and full means an error instead of a lost key.
keep valkey.conf <<CONF
requirepass $(<broker_password)
appendonly yes
maxmemory-policy noeviction
CONF

echo "s1:$(openssl rand 32 | base64url)" | keep sealing_keys
openssl rand 32 | base64url | keep pickup_code_key
if [ ! -e mail_sealing_keys ]; then
    pair=$(openssl genpkey -algorithm X25519)
    # The last 32 bytes of either DER encoding are the raw key.
    echo "m1:$(openssl pkey -outform DER <<<"$pair" | tail -c 32 | base64url)" | keep mail_sealing_keys
    rm -f mail_sealing_public_key
    echo "m1:$(openssl pkey -pubout -outform DER <<<"$pair" | tail -c 32 | base64url)" | keep mail_sealing_public_key
fi

# Compose hands these files to containers whose accounts differ; the directory is what keeps other people out.
chmod 0444 -- *
chmod 0700 .

for yours in "email_url: smtp+tls://user:password@mail.example.org:587" \
    "issuer_credentials: an AWS credentials file with one profile for each issuer" \
    "revoker_credentials: the same for the revokers"; do
    [ -e "${yours%%:*}" ] || echo "still to be written by you: $directory/$yours"
done
