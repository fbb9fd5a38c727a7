#!/usr/bin/env bash
# Ubuntu 24.04, Canonical's stock image.

# The lock of the package lists has no timeout, so the caller retries.
install_packages() {
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
  apt-get -qq -o Acquire::Retries=3 update &&
    apt-get -qq install --yes --no-install-recommends "$@"
}

# A fresh machine begins to upgrade itself, which would keep the locks from the boot script and from jobs. An
# upgrade that already installs goes on, so every apt command, also of the boot script and of jobs, waits for
# dpkg's lock.
prepare_platform() {
  mkdir -p "$ROOT/etc/apt/apt.conf.d"
  printf 'DPkg::Lock::Timeout "120";\n' >"$ROOT/etc/apt/apt.conf.d/90runner-scaler"
  systemctl stop apt-daily.timer apt-daily-upgrade.timer apt-daily.service 2>/dev/null ||
    say 'this image has no apt timers'
}
