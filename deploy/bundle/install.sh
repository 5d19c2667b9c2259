#!/bin/sh
# Installs or upgrades sms-service on a server without internet. Run it in the unpacked bundle, as
# root; it may be run again at any time. What it makes:
#   /opt/sms-service/releases/RELEASE   a Python environment with this release, and its documents
#   /opt/sms-service/current            a link to the release in use; previous: to the one before
#   /etc/sms-service                    settings and secrets: made once, never changed afterwards
#   /var/lib/sms-service                uploads
#   units for systemd and a site for nginx; those that you changed are left alone
set -eu
umask 022

usage() {
	cat <<-END
		usage: sh install.sh [--migrate] [--restart] [--python PATH] [--root FOLDER] [--prefix FOLDER]
		       sh install.sh --back
		  --migrate   bring the database's schema to this release
		  --restart   restart the service when all is in place
		  --back      use the release that was in use before this one
		  --python    the Python to use; otherwise pythonX.Y on the PATH
		  --root      put everything below FOLDER, for trying out: no user, no systemctl, no root
		  --prefix    instead of /opt/sms-service
	END
}
fail() {
	echo "install.sh: $1" >&2
	exit 1
}
say() { echo "-- $*"; }

root= prefix=/opt/sms-service python= migrate= restart= back=
while [ $# -gt 0 ]; do
	case $1 in
	--migrate) migrate=1 ;;
	--restart) restart=1 ;;
	--back) back=1 ;;
	--python | --root | --prefix)
		[ $# -ge 2 ] || fail "$1 needs a value"
		case $1 in --python) python=$2 ;; --root) root=${2%/} ;; --prefix) prefix=${2%/} ;; esac
		shift
		;;
	--help) usage && exit 0 ;;
	*) usage >&2 && exit 2 ;;
	esac
	shift
done
[ -z "$root" ] || case $root in /*) ;; *) root=$PWD/$root ;; esac

here=$(cd "$(dirname "$0")" && pwd)
prefix=$root$prefix
etc=$root/etc/sms-service
state=$root/var/lib/sms-service
user=sms-service
[ -z "$root" ] || user=$(id -un)

noted() { sed -n "s/^$1=//p" "$here/VERSION"; }

check_bundle() {
	[ "$(id -u)" = 0 ] || [ -n "$root" ] || fail "run it as root, or try it out with --root FOLDER"
	(cd "$here" && sha256sum --check --strict --quiet SHA256SUMS) ||
		fail "the bundle isn't as it was made: copy it anew"
}

check_python() {
	wanted=$(noted python)
	[ -n "$python" ] || python=$(command -v "python$wanted" || command -v python3) ||
		fail "needs Python $wanted: apt install python$wanted python$wanted-venv"
	found=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || found="no Python"
	case $found in 3.11 | 3.12 | 3.13) ;; *) fail "needs Python 3.11, 3.12 or 3.13, and $python is $found" ;; esac
	[ "$found" = "$wanted" ] ||
		fail "this bundle is for Python $wanted, and $python is $found: make one with make bundle PYTHON=python$found"
	machine=$("$python" -c 'import platform; print(platform.machine())')
	[ "$machine" = "$(noted machine)" ] || fail "this bundle is for $(noted machine), and this machine is $machine"
	"$python" -c "
import os, sys
libc = os.confstr('CS_GNU_LIBC_VERSION').split()[1]
sys.exit(tuple(map(int, libc.split('.'))) < tuple(map(int, '$(noted glibc)'.split('.'))))" 2>/dev/null ||
		fail "this bundle needs glibc $(noted glibc) or newer"
	"$python" -c 'import ensurepip, venv' 2>/dev/null || fail "needs the package python$wanted-venv"
}

make_user() {
	[ -z "$root" ] || return 0
	getent passwd "$user" >/dev/null || {
		say "system user $user"
		useradd --system --user-group --home-dir "$state" --no-create-home --shell /usr/sbin/nologin "$user"
	}
}

# A release is whole when the file «complete» is in it; half a one is made again.
install_release() {
	release=$prefix/releases/$(noted release)
	[ ! -e "$release/complete" ] || {
		say "release $(noted release) is there already"
		return 0
	}
	say "release $(noted release)"
	rm -rf "$release"
	mkdir -p "$prefix/releases"
	"$python" -m venv "$release"
	# -I: nothing of the caller's environment takes part; no index is asked, no cache kept.
	env -u PIP_FIND_LINKS -u PIP_CONSTRAINT -u PIP_REQUIRE_VIRTUALENV PIP_CONFIG_FILE=/dev/null \
		"$release/bin/python" -I -m pip install --quiet --disable-pip-version-check --no-cache-dir \
		--no-index --find-links "$here/wheels" --only-binary :all: --no-deps \
		--require-hashes --requirement "$here/requirements.lock"
	"$release/bin/python" -I -m pip --disable-pip-version-check check >/dev/null ||
		fail "the release isn't whole: $("$release/bin/python" -I -m pip check)"
	share=$release/share/sms-service
	mkdir -p "$share"
	cp -R "$here/deploy" "$here/docs" "$here/VERSION" "$here/sbom.cdx.json" "$here/install.sh" \
		"$here/LICENSE" "$here/.env.example" "$share"
	fill_in "$share/deploy/systemd" "$share/deploy/nginx.conf" "$share/deploy/sms-service.sh"
	touch "$release/complete"
}

# Folders and the user as they are here; a site of a trial has them below --root.
fill_in() {
	find "$@" -type f | while IFS= read -r file; do
		sed -e "s|/opt/sms-service|$prefix|g" -e "s|/etc/sms-service|$etc|g" -e "s|/var/lib/sms-service|$state|g" \
			-e "s|@PREFIX@|$prefix|g" -e "s|@ETC@|$etc|g" -e "s|@STATE@|$state|g" -e "s|@USER@|$user|g" \
			-e "s|/var/log/nginx/|$root/var/log/nginx/|g" "$file" >"$file.new"
		cat "$file.new" >"$file"
		rm "$file.new"
	done
}

own() { # FILE MODE: root's, readable by the service where the mode says so
	chmod "$2" "$1"
	[ -n "$root" ] || chown "root:$user" "$1"
}

# Made at the first installation; afterwards only what a new release brings anew is added.
write_settings() {
	mkdir -p "$etc" "$etc/secrets" "$etc/nginx" "$state"
	[ -n "$root" ] || chown "$user:$user" "$state"
	chmod 750 "$state"
	[ -e "$etc/env" ] || say "settings in $etc/env, secrets in $etc/secrets"
	sh "$here/deploy/make-secrets.sh" "$etc/secrets"
	secret database_url "postgresql:///sms-service?host=/run/postgresql"
	secret redis_url "redis://:$(cat "$etc/secrets/redis_password")@127.0.0.1:6379/0"
	for file in "$etc/secrets"/*; do own "$file" 640; done
	own "$etc/secrets" 750
	own "$etc" 755
	[ -e "$etc/env" ] || write_env
	own "$etc/env" 640
	[ -e "$etc/redis.conf" ] || {
		(umask 077 && printf '%s\n' "requirepass $(cat "$etc/secrets/redis_password")" "appendonly yes" \
			"appendfsync everysec" "maxmemory 64mb" "maxmemory-policy noeviction" >"$etc/redis.conf")
		chgrp redis "$etc/redis.conf" 2>/dev/null && chmod 640 "$etc/redis.conf" || true
	}
	for file in "$here"/deploy/nginx/*.conf; do
		[ -e "$etc/nginx/$(basename "$file")" ] || sed "s|/etc/sms-service|$etc|g" "$file" >"$etc/nginx/$(basename "$file")"
	done
}

secret() { # NAME VALUE
	[ -e "$etc/secrets/$1" ] || (umask 077 && printf '%s' "$2" >"$etc/secrets/$1")
}

# The example with its defaults; a secret named there would outrank its file.
write_env() {
	names=$(cd "$etc/secrets" && echo * | tr '[:lower:] ' '[:upper:]|')
	{
		sed -E -e "s,^#?($names)=.*$,# \\1: in a file of $etc/secrets," \
			-e '/^#(PROMETHEUS_MULTIPROC_DIR|TRUSTED_PROXIES|UPLOADS_DIR)=/d' "$here/.env.example"
		printf '\n# Set at the installation.\nTRUSTED_PROXIES=1\n'
		printf '%s=%s\n' UPLOADS_DIR "$state/uploads" PROMETHEUS_MULTIPROC_DIR "$state/metrics"
	} >"$etc/env"
}

# Replaces a file of ours that nobody has changed; beside one that was, puts the new one.
place() { # SOURCE TARGET
	mkdir -p "$(dirname "$2")"
	if [ ! -e "$2" ] || cmp -s "$1" "$2"; then
		cp "$1" "$2"
		return 0
	fi
	inside=${1#"$release/"}
	for old in "$prefix"/releases/*/"$inside"; do
		if cmp -s "$old" "$2"; then
			cp "$1" "$2"
			return 0
		fi
	done
	cp "$1" "$2.new"
	say "$2 was changed here and is kept; this release's is $2.new"
}

install_units() {
	units=$release/share/sms-service/deploy/systemd
	target=$root/etc/systemd/system
	for unit in "$units"/sms-service*.service "$units"/*.target; do place "$unit" "$target/$(basename "$unit")"; done
	place "$units/sms-service-.service.d/10-common.conf" "$target/sms-service-.service.d/10-common.conf"
	systemd=$(systemctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
	[ "${systemd:-0}" -lt 254 ] || place "$units/backoff.conf" "$target/sms-service-.service.d/20-backoff.conf"
	place "$release/share/sms-service/deploy/nginx.conf" "$root/etc/nginx/sites-available/sms-service"
	place "$release/share/sms-service/deploy/sms-service.sh" "$root/usr/local/sbin/sms-service"
	chmod 755 "$root/usr/local/sbin/sms-service"
	[ ! -d /run/systemd/system ] || [ -n "$root" ] || systemctl daemon-reload
}

switch_to() { # RELEASE, by a rename: there is always a link, to the one or the other
	old=$(readlink "$prefix/current" || true)
	[ "$old" != "releases/$1" ] || return 0
	[ -z "$old" ] || ln -sfn "$old" "$prefix/previous"
	ln -sfn "releases/$1" "$prefix/current.new"
	mv -T "$prefix/current.new" "$prefix/current"
	say "in use: $1"
}

restart_service() {
	[ -n "$restart" ] && [ -z "$root" ] || return 0
	systemctl restart sms-service.target
}

say_next() {
	cat <<-END
		Installed in $prefix, release $(noted release).
	END
	[ -s "$etc/secrets/kavenegar_api_key" ] && [ -n "$migrate" ] && return 0
	cat <<-END
		Next (docs/how-to/install.md has each step):
		  1. PostgreSQL: createuser and createdb, or put another address into $etc/secrets/database_url
		  2. Redis: let its configuration include $etc/redis.conf
		  3. The gateway's key: $etc/secrets/kavenegar_api_key; the line: KAVENEGAR_SENDER in $etc/env
		  4. nginx: name and certificate in $etc/nginx/site.conf, then enable sites-available/sms-service
		  5. sms-service db upgrade; systemctl enable --now sms-service.target sms-service-web sms-service-worker@1 sms-service-beat
		The gateway's callbacks: https://YOUR-NAME/webhooks/kavenegar/SECRET/received and .../status,
		with the SECRET that is in $etc/secrets/webhook_secrets.
	END
}

if [ -n "$back" ]; then
	old=$(readlink "$prefix/previous") || fail "there is no release before this one"
	switch_to "${old#releases/}"
	restart_service
	exit 0
fi
check_bundle
check_python
make_user
install_release
write_settings
install_units
switch_to "$(noted release)"
[ -z "$migrate" ] || "$root/usr/local/sbin/sms-service" db upgrade
restart_service
say_next
