#!/usr/bin/env bash
# The certificate authorities of the config, which the machine trusts besides those of the image.

# Paths on the machine, and in the containers of jobs.
CA_FILE=/usr/local/share/runner-scaler/ca.pem
CA_WHOLE=/usr/local/share/runner-scaler/bundle.pem

# For what does not use the system's certificates. Node.js adds to its own; the others replace theirs, so they get
# the whole bundle.
CA_VARIABLES=(
  "NODE_EXTRA_CA_CERTS=$CA_FILE"
  "SSL_CERT_FILE=$CA_WHOLE" "REQUESTS_CA_BUNDLE=$CA_WHOLE" "GIT_SSL_CAINFO=$CA_WHOLE"
)
JOB_VARIABLES+=("${CA_VARIABLES[@]}")

# The boot script gets the variables, too; before this they would name files that are not there.
trust_certificates() {
  say 'trusting the certificate authorities of the config'
  if ! { write_certificates && update_trust && certificates_are_trusted; }; then
    die "the certificate authorities of the config cannot be installed in $CA_FOLDER; see the log of the boot"
  fi
  ln --force --symbolic "$CA_BUNDLE" "$ROOT$CA_WHOLE"
  export "${CA_VARIABLES[@]}"
}

# One in each file: update-ca-certificates takes no more of one. CA_CERTIFICATES holds their bytes, one after the other.
write_certificates() {
  mkdir -p "$ROOT${CA_FILE%/*}" "$ROOT$CA_FOLDER" &&
    base64 --decode <<<"$CA_CERTIFICATES" | gzip --decompress | split_certificates >"$ROOT$CA_FILE"
}

split_certificates() {
  local length number=0
  for length in $CA_LENGTHS; do
    ((++number))
    {
      printf -- '-----BEGIN CERTIFICATE-----\n' && head --bytes="$length" | base64 --wrap=64 &&
        printf -- '-----END CERTIFICATE-----\n'
    } | tee "$ROOT$CA_FOLDER/runner-scaler-$number.crt" || return
  done
}

# The last whole line of a certificate is of its signature, so no other has it.
certificates_are_trusted() {
  local file
  for file in "$ROOT$CA_FOLDER"/runner-scaler-*.crt; do
    tail --lines=3 "$file" | head --lines=1 | grep --quiet --line-regexp --fixed-strings --file=- "$ROOT$CA_BUNDLE" || {
      say "$CA_BUNDLE lacks the certificate of $file"
      return 1
    }
  done
}
