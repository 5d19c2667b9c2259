#!/bin/sh
# Makes what the service must keep secret, each in a file of its own: make-secrets.sh FOLDER
# A file that is there is left as it is. Those that only you can fill are made empty.
set -eu
umask 077
folder=$1
mkdir -p "$folder"

make() { # NAME, and a command that prints the secret
	name=$1
	shift
	[ -e "$folder/$name" ] || {
		"$@" >"$folder/.$name.new"
		mv "$folder/.$name.new" "$folder/$name"
	}
}
random() { head -c 32 /dev/urandom | base64 | tr -d '=\n' | tr '+/' '-_'; }
data_key() { printf '1:%s' "$(head -c 32 /dev/urandom | base64)"; }

for name in secret_key hash_key webhook_secrets redis_password; do make "$name" random; done
make data_keys data_key
for name in kavenegar_api_key kannel_password saapa_token celery_broker_url metrics_token; do make "$name" true; done
