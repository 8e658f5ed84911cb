#!/bin/sh
# Makes the certificates of the tests again: a CA, a server (localhost, 127.0.0.1, api.example) and a client (CN=carol).
# They last 100 years and guard nothing.
set -eu
cd "$(dirname "$0")"
new() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
new ca; new server; new client
openssl req -x509 -new -key ca.key -subj "/CN=test CA" -days 36500 -out ca.crt
sign() { openssl req -new -key "$1.key" -subj "$2" | openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 36499 -out "$1.crt" -extfile "$3"; }
printf 'subjectAltName=DNS:localhost,DNS:api.example,IP:127.0.0.1\n' > server.ext
printf 'extendedKeyUsage=clientAuth\n' > client.ext
sign server /CN=api.example server.ext
sign client /O=people/CN=carol client.ext
rm -f ./*.ext ca.srl ca.key
