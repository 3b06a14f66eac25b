#!/bin/sh
# Starts the Prometheus of the compose profile `monitoring`, with the key it shows to the service in a file of its own.
set -eu
umask 077
printf %s "${ADMIN_KEY:-}" >/tmp/admin-key
exec /bin/prometheus --config.file=/etc/prometheus/prometheus.yml --storage.tsdb.path=/prometheus
