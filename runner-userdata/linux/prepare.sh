#!/usr/bin/env bash
# What every machine prepares, whatever its agent: no other agent runs, the packages are there, and so is
# the user that jobs run as.

# An image may bring and enable the service of the agent's own package (OTHER_AGENTS): it would claim a
# second task, or with another token a task of another class. It may also be set to power off the machine
# when it ends, so that is removed before it is stopped.
stop_other_agents() {
  local unit
  for unit in "${OTHER_AGENTS[@]}"; do
    [[ -e $ROOT/etc/systemd/system/$unit || -e $ROOT/usr/lib/systemd/system/$unit ]] || continue
    say "the image brings $unit: it is stopped and stays so"
    mkdir -p "$ROOT/run/systemd/system/$unit.d"
    printf '[Unit]\nSuccessAction=none\nFailureAction=none\n[Service]\nExecStop=\nExecStopPost=\nRestart=no\n' \
      >"$ROOT/run/systemd/system/$unit.d/runner-scaler.conf"
    systemctl daemon-reload
    systemctl --no-block stop "$unit"
    systemctl kill --signal=KILL "$unit" 2>/dev/null || :
    systemctl stop "$unit"
    systemctl disable --quiet "$unit"
  done
}

# Installs only what is missing, so an image that holds everything needs no package mirror. PREREQUISITES
# comes from the table of platforms and from the agent: one COMMAND:PACKAGE or LIBRARY:PACKAGE each.
install_prerequisites() {
  local pair missing=()
  for pair in "${PREREQUISITES[@]}"; do
    image_has "${pair%%:*}" || missing+=("${pair##*:}")
  done
  ((${#missing[@]} > 0)) || return 0
  say "installing ${missing[*]}"
  retry 5 install_packages "${missing[@]}" || die "cannot install ${missing[*]}"
}

# image_has COMMAND|LIBRARY
image_has() {
  case $1 in
    lib*.so*) [[ $(ldconfig -p) == *"$1"* ]] ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# Tasks run as this user, not as root. If the image has the user already, it may be a service account
# without a shell or a home.
make_job_user() {
  local id home shell
  if ! id=$(id -u "$JOB_USER" 2>/dev/null); then
    useradd --create-home --shell /bin/bash "$JOB_USER"
  elif ((id == 0)); then
    die "the image's user $JOB_USER is root; allowed: no user of that name, or one without rights"
  else
    IFS=: read -r _ _ _ _ _ home shell < <(getent passwd "$JOB_USER")
    case $shell in
      '' | */nologin | */false) usermod --shell /bin/bash "$JOB_USER" ;;
    esac
    if [[ $(stat --format=%u "$ROOT$home" 2>/dev/null) != "$id" ]]; then
      say "the home $home of the image's user $JOB_USER is not its own: it gets another"
      usermod --home "/home/$JOB_USER" "$JOB_USER"
      install -d --owner="$JOB_USER" --group="$(id -g "$JOB_USER")" --mode=0750 "$ROOT/home/$JOB_USER"
    fi
  fi
}
