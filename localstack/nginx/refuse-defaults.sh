#!/bin/sh
# Under the profile "production" nothing starts with a password that everybody knows, or without a certificate.
set -eu

refuse() {
  echo "nginx does not start: $1" >&2
  exit 1
}

[ "${NODE_ENV:-}" = production ] || refuse 'set NODE_ENV=production, so that the service refuses what is for laptops only'
case "${RABBITMQ_DEFAULT_PASS:-}" in
  '' | password123 | guest | admin | password) refuse 'set RABBITMQ_DEFAULT_PASS to a password of your own' ;;
esac
[ -n "${REDIS_PASSWORD:-}" ] || refuse 'set REDIS_PASSWORD'
for file in fullchain.pem privkey.pem; do
  [ -r "${NGINX_CERTIFICATES:?}/$file" ] || refuse "there is no $file in NGINX_CERTIFICATES; see docs/operations.md"
done
