#!/usr/bin/env bash
# What the agent needs: packages, its token, its binary, the user that jobs run as, its config.

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
  local fill="fill it with: aws secretsmanager put-secret-value --secret-id $TOKEN_SECRET --secret-string TOKEN"
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

# Tasks run as this user, not as root; the agent's own files below JOB_HOME stay root's.
make_job_user() {
  id -u "$JOB_USER" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$JOB_USER"
  mkdir -p "$ROOT$JOB_HOME/workdir" "$ROOT$JOB_HOME/task-agent"
  chmod 0755 "$ROOT$JOB_HOME" "$ROOT$JOB_HOME/task-agent"
  chown "$JOB_USER:" "$ROOT$JOB_HOME/workdir"
}

# https://circleci.com/docs/guides/execution-runner/machine-runner-3-configuration-reference/
# The default directory of the task agent is below the home of root, which jobs cannot enter.
write_agent_config() {
  local file=$ROOT$AGENT_CONFIG retries=''
  [[ $RETRY_ON_INTERRUPTION == false ]] || retries='  enable_unsafe_retries: true'
  install -d --mode=0700 "${file%/*}"
  (
    umask 077
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
  chmod 0600 "$file"
  TOKEN=''
}

yaml_string() {
  printf "'%s'" "${1//\'/\'\'}"
}
