#!/bin/sh
# Makes ./secrets for compose.yaml: what make-secrets.sh makes, and the addresses of its servers.
# What is there is left as it is.
set -eu
cd "$(dirname "$0")/.."
sh deploy/make-secrets.sh secrets
cd secrets
[ -s postgres_password ] || head -c 32 /dev/urandom | base64 | tr -d '=\n' | tr '+/' '-_' >postgres_password
[ -s database_url ] ||
	printf 'postgresql://sms-service:%s@postgres/sms-service' "$(cat postgres_password)" >database_url
[ -s redis_url ] || printf 'redis://:%s@redis:6379/0' "$(cat redis_password)" >redis_url
# Containers read them as users of their own: the folder keeps everybody else out.
chmod 700 . && chmod 644 ./*
