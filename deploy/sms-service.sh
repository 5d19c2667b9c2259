#!/bin/sh
# sms-service for the administrator: any verb, with the settings and secrets of the service, as
# its user. Made by install.sh.
set -eu
umask 077
[ "$(id -un)" = "@USER@" ] || [ "$(id -u)" = 0 ] || {
	echo "sms-service: as root, please (sudo sms-service ...)" >&2
	exit 1
}
while IFS= read -r line || [ -n "$line" ]; do
	case $line in [A-Z]*=*) export "${line?}" ;; esac
done <"@ETC@/env"
for file in "@ETC@"/secrets/*; do
	name=$(basename "$file" | tr '[:lower:]' '[:upper:]')
	export "${name}_FILE=$file"
done
cd "@STATE@"
if [ "$(id -u)" = 0 ] && [ "@USER@" != root ]; then
	exec setpriv --reuid="@USER@" --regid="@USER@" --init-groups -- "@PREFIX@/current/bin/sms-service" "$@"
fi
exec "@PREFIX@/current/bin/sms-service" "$@"
