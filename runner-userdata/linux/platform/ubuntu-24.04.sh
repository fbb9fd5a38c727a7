#!/usr/bin/env bash
# Ubuntu 24.04, stock image of Canonical.

PREREQUISITES=(curl:curl python3:python3 tar:tar gzip:gzip git:git nft:nftables setpriv:util-linux pkill:procps)

# The lock of the package lists has no timeout, hence retries.
install_packages() {
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
  apt-get -qq -o Acquire::Retries=3 update &&
    apt-get -qq install --yes --no-install-recommends "$@"
}

# A fresh machine is just then busy with its own upgrades: they would hold the locks against the boot
# script and against jobs, on a machine that lives for one of them. One that has begun to install goes
# on, so everybody waits for dpkg's lock, the boot script and jobs too.
prepare_platform() {
  mkdir -p "$ROOT/etc/apt/apt.conf.d"
  printf 'DPkg::Lock::Timeout "120";\n' >"$ROOT/etc/apt/apt.conf.d/90runner-scaler"
  systemctl stop apt-daily.timer apt-daily-upgrade.timer apt-daily.service 2>/dev/null ||
    say 'this image has no apt timers'
}
