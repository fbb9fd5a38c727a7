#!/usr/bin/env bash
# What network.sh, certificates.sh and proxy.sh need of Ubuntu.

CA_FOLDER=/usr/local/share/ca-certificates
CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt

# A minimal image lacks the command. Until its package is there, from a mirror whose own certificate may need them, the
# bundle holds these certificates alone.
update_trust() {
  if ! command -v update-ca-certificates >/dev/null; then
    mkdir -p "$ROOT${CA_BUNDLE%/*}" && cat "$ROOT$CA_FILE" >>"$ROOT$CA_BUNDLE" || return
    say 'installing ca-certificates'
    retry 5 install_packages ca-certificates || return
  fi
  update-ca-certificates
}

# For jobs that use sudo, which drops the variables. apt knows only whole host names here.
write_package_proxy() {
  local host hosts
  IFS=, read -ra hosts <<<"$NO_PROXY_HOSTS"
  mkdir -p "$ROOT/etc/apt/apt.conf.d"
  {
    printf 'Acquire::http::Proxy "%s";\nAcquire::https::Proxy "%s";\n' "$PROXY_URL" "$PROXY_URL"
    for host in "${hosts[@]}"; do
      [[ $host == .* || $host == *:* ]] ||
        printf 'Acquire::http::Proxy::%s "DIRECT";\nAcquire::https::Proxy::%s "DIRECT";\n' "$host" "$host"
    done
  } >"$ROOT/etc/apt/apt.conf.d/90runner-scaler-proxy"
}
