#!/bin/sh
# Makes the secrets that compose.yaml mounts, as files in deploy/secrets. What is there already is never replaced.
# Keep a copy of that folder: without aipromote_encryption_keys the stored tokens cannot be read.
set -eu
cd "$(dirname "$0")"
umask 022
mkdir -p secrets && chmod 700 secrets  # the folder is closed; the files are mounted one by one, read by other users
cd secrets

random() { od -An -tx1 -N "$1" /dev/urandom | tr -d ' \n'; }
keep() { # NAME: standard input into the file, unless it is there
  if [ -e "$1" ]; then cat >/dev/null; echo "kept $1"; return; fi
  cat >".$1.new" && chmod 444 ".$1.new" && mv ".$1.new" "$1" && echo "made $1"
}

random 24 | keep postgres_password
random 24 | keep valkey_password
random 32 | keep aipromote_secret_key
random 16 | keep aipromote_setup_token
random 24 | keep aipromote_metrics_token
random 24 | keep aipromote_alert_webhook_secret
# Empty: mails are files in the data volume, and nobody is told by webhook. Write an address into them to change that.
keep aipromote_smtp_url </dev/null
keep aipromote_alert_webhook </dev/null
# Empty: no language model has a key. Write the provider's key into its file to change that.
for provider in openai anthropic google compatible; do keep "aipromote_ai_${provider}_key" </dev/null; done
printf 'k1:%s' "$(head -c 32 /dev/urandom | base64 | tr -d '\n')" | keep aipromote_encryption_keys
printf 'postgresql://aipromote:%s@postgres:5432/aipromote\n' "$(cat postgres_password)" | keep database_url
printf 'redis://:%s@valkey:6379/0\n' "$(cat valkey_password)" | keep redis_url
printf 'requirepass %s\n' "$(cat valkey_password)" | keep valkey.conf
printf '"aipromote" "%s"\n' "$(cat postgres_password)" | keep pgbouncer_users
