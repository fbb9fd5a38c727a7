#!/usr/bin/env bash
# What the agent needs: packages, its token, its binary, the user that jobs run as, its config.

# The package of the agent brings a service, which an image may have enabled: it would claim a second
# task, or with a token of its own one of another class. CircleCI's documentation has it power off the
# machine when it ends, so that is taken from it first.
stop_other_agents() {
  local unit
  for unit in circleci-runner.service circleci.service; do
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

# Installs what is not on the machine yet; an image that holds everything needs no package mirror.
# PREREQUISITES of the platform: COMMAND:PACKAGE each.
install_prerequisites() {
  local pair missing=()
  for pair in "${PREREQUISITES[@]}"; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  ((${#missing[@]} > 0)) || return 0
  say "installing ${missing[*]}"
  retry 5 install_packages "${missing[@]}" || die "cannot install ${missing[*]}"
}

fetch_token() {
  local fill
  TOKEN_SECRET=${TOKEN_SECRET:-$TOKEN_SECRET_PREFIX$ROLE}
  fill="fill it with: aws secretsmanager put-secret-value --secret-id $TOKEN_SECRET --secret-string TOKEN"
  say "reading the secret $TOKEN_SECRET"
  retry 6 get_token_secret || die "cannot read the secret $TOKEN_SECRET: $(explain)"
  TOKEN=$(printf '%s' "$ANSWER" | python3 -ISc '
import json, sys
sys.stdout.write(json.load(sys.stdin).get("SecretString") or "")
')
  ANSWER=''
  case $TOKEN in
    '') die "the secret $TOKEN_SECRET is empty; $fill" ;;
    "$TOKEN_PLACEHOLDER") die "the secret $TOKEN_SECRET still holds its placeholder; $fill" ;;
    '{'* | '['* | '"'*) die "the secret $TOKEN_SECRET holds JSON; allowed: the bare runner token; $fill" ;;
    *[[:space:][:cntrl:]]*) die "the secret $TOKEN_SECRET holds white space; allowed: the bare runner token; $fill" ;;
  esac
}

# Tried again also when access is denied: a new role's policy takes some seconds to be known.
get_token_secret() {
  call_aws secretsmanager --header 'Content-Type: application/x-amz-json-1.1' \
    --header 'X-Amz-Target: secretsmanager.GetSecretValue' --data "{\"SecretId\":\"$TOKEN_SECRET\"}"
}

install_agent() {
  local arch checksum archive work found
  if holds_version "/usr/bin/${AGENT##*/}"; then
    install -d "$ROOT${AGENT%/*}"
    ln --force --symbolic "/usr/bin/${AGENT##*/}" "$ROOT$AGENT"
    return
  fi
  ! holds_version "$AGENT" || return 0
  case $(uname -m) in
    x86_64) arch=amd64 checksum=$AGENT_SHA256_X86_64 ;;
    aarch64) arch=arm64 checksum=$AGENT_SHA256_ARM64 ;;
    *) die "the agent is not made for $(uname -m); allowed: x86_64, aarch64" ;;
  esac
  say "installing the agent $AGENT_VERSION for $arch"
  work=$(mktemp --directory)
  if [[ -z $checksum ]]; then
    retry 4 download manifest.json "$work/manifest.json" || die 'cannot download the manifest of the agent'
    checksum=$(python3 -ISc '
import json, sys
with open(sys.argv[1]) as manifest:
    print(json.load(manifest)["releases"][sys.argv[2]]["linux"][sys.argv[3]]["sha256"])
' "$work/manifest.json" "$AGENT_VERSION" "$arch") ||
      die "the manifest of the agent has no checksum of version $AGENT_VERSION for $arch"
  fi
  archive=$AGENT_VERSION/circleci-runner_linux_$arch.tar.gz
  retry 4 download "$archive" "$work/agent.tar.gz" || die "cannot download $RELEASES_URL/$archive"
  printf '%s  %s\n' "$checksum" "$work/agent.tar.gz" | sha256sum --check --status ||
    die "the download $archive does not have the checksum $checksum"
  tar --extract --gzip --no-same-owner --file "$work/agent.tar.gz" --directory "$work"
  found=$(find "$work" -type f -name "${AGENT##*/}" -print -quit)
  [[ -n $found ]] || die "the download $archive holds no ${AGENT##*/}"
  install -D --mode=0755 "$found" "$ROOT$AGENT"
  rm -rf "$work"
}

# holds_version PATH: whether the image brings the agent in the wanted version.
holds_version() {
  local answer pattern="(^|[^0-9.])${AGENT_VERSION//./\\.}([^0-9.]|$)"
  [[ -x $ROOT$1 ]] || return
  answer=$(timeout 10 "$ROOT$1" --version 2>&1) || return
  [[ $answer =~ $pattern ]] && say "the image holds the agent $AGENT_VERSION as $1"
}

download() {
  curl --silent --show-error --fail --connect-timeout 10 --max-time 180 \
    --output "$2" "$RELEASES_URL/$1"
}

# Tasks run as this user, not as root. An image may bring the user with whatever a service account has:
# no shell, no home. The agent's own files below JOB_HOME are root's, also those an image brings.
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
  mkdir -p "$ROOT$JOB_HOME/workdir" "$ROOT$JOB_HOME/task-agent"
  chown --no-dereference root: "$ROOT$JOB_HOME"
  chown --recursive --no-dereference root: "$ROOT$JOB_HOME/task-agent"
  chmod --recursive go-w "$ROOT$JOB_HOME/task-agent"
  chmod 0755 "$ROOT$JOB_HOME" "$ROOT$JOB_HOME/task-agent"
  chown "$JOB_USER:" "$ROOT$JOB_HOME/workdir"
}

# https://circleci.com/docs/guides/execution-runner/machine-runner-3-configuration-reference/
# In a folder of its own, made anew: that of the package may belong to the user that jobs run as. The
# default directory of the task agent is below the home of root, which jobs cannot enter.
write_agent_config() {
  local file=$ROOT$AGENT_CONFIG retries=''
  [[ $RETRY_ON_INTERRUPTION == false ]] || retries='  enable_unsafe_retries: true'
  rm -rf "${file%/*}"
  (
    umask 077
    mkdir "${file%/*}"
    cat >"$file" <<EOF
api:
  auth_token: $(yaml_string "$TOKEN")
  url: $(yaml_string "$RUNNER_URL")
runner:
  name: $(yaml_string "$INSTANCE_ID")
  mode: single-task
  idle_timeout: ${IDLE_TIMEOUT}s
  max_run_time: ${MAX_RUN_TIME}s
  command_prefix: ["$TASK_PREFIX"]
  working_directory: $JOB_HOME/workdir
  cleanup_working_directory: true
  task_agent_directory: $JOB_HOME/task-agent
$retries
EOF
  )
  TOKEN=''
}

yaml_string() {
  printf "'%s'" "${1//\'/\'\'}"
}
