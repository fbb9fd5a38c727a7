#!/usr/bin/env bash
# Ubuntu 24.04, stock image of Canonical.

PREREQUISITES=(curl:curl python3:python3 tar:tar gzip:gzip git:git sudo:sudo nft:nftables)

# The lock timeout is for dpkg's lock; the lock of the package lists has none, hence retries.
install_packages() {
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
  apt-get -qq -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 update &&
    apt-get -qq -o DPkg::Lock::Timeout=120 install --yes --no-install-recommends "$@"
}

# Unattended upgrades would hold dpkg's lock against jobs, on a machine that lives for one of them.
prepare_platform() {
  systemctl stop apt-daily.timer apt-daily-upgrade.timer || say 'this image has no apt timers'
}
