#!/bin/sh
# Installs Debian packages of servers for their programs alone. Usage, as root: apt-install.sh PACKAGE...
#
# Debian starts a server when it installs its package, and at every boot from then on. Nobody asked for that here: the
# programs are run privately. A service that is on the machine already is left exactly as it is.
set -eu

policy=/usr/sbin/policy-rc.d

# Lists the packages that are not installed.
missing() {
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

new=$(missing "$@" | tr '\n' ' ')
# erlang-base, on which rabbitmq-server depends, brings the service epmd; cron comes with what turns over its logs.
new_services=$new
[ -z "$(missing erlang-base)" ] || new_services="$new_services epmd"
[ -z "$(missing cron)" ] || new_services="$new_services cron"

# This file is Debian's own way to say which services may start. Where there is one, somebody decided already.
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM HUP
  {
    echo '#!/bin/sh'
    echo 'case "$1" in'
    for service in $new_services; do echo "  $service | $service.*) exit 101 ;;"; done
    echo 'esac'
  } >"$policy"
  chmod 755 "$policy"
fi

apt-get -q update
# shellcheck disable=SC2086 # a list of words
apt-get -q -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 install --no-install-recommends $new

# Nor at the next boot.
if [ -d /run/systemd/system ]; then
  for service in $new_services; do
    systemctl disable --quiet "$service.service" "$service.socket" 2>/dev/null || true
  done
fi
