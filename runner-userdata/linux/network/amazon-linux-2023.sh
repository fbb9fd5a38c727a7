#!/usr/bin/env bash
# What network.sh, certificates.sh and proxy.sh need of Amazon Linux.

CA_FOLDER=/etc/pki/ca-trust/source/anchors
CA_BUNDLE=/etc/pki/tls/certs/ca-bundle.crt

update_trust() {
  update-ca-trust extract
}

# For jobs that use sudo, which drops the variables.
write_package_proxy() {
  local file=$ROOT/etc/dnf/dnf.conf
  [[ -e $file ]] || return 0
  sed --in-place --expression '/^proxy *=/d' --expression '/^\[main]/r /dev/stdin' "$file" <<<"proxy=$PROXY_URL"
}
