#!/usr/bin/env bash
# CircleCI's machine runner. Each agent has a folder with the functions and constants that ../../boot.sh
# lists; the other files know nothing of it.

AGENT_NAME='CircleCI runner'
RELEASES_URL=${TEST_URL:-https://circleci-binary-releases.s3.amazonaws.com}/circleci-runner
AGENT=/usr/local/bin/circleci-runner
AGENT_CONFIG=/etc/runner-scaler/agent.yaml
AGENT_STOP_SIGNAL=TERM
AGENT_DRAIN_SIGNAL=''
JOB_USER=circleci
JOB_HOME=/var/lib/circleci-runner
# Of the agent's package, by its newer and its older name.
OTHER_AGENTS=(circleci-runner.service circleci.service)

fetch_credential() {
  fetch_token
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

# https://circleci.com/docs/guides/execution-runner/machine-runner-3-configuration-reference/
# The folder is recreated: the package's own may belong to the user that jobs run as. The task agent's
# default directory is below root's home, which jobs cannot enter.
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

agent_command() {
  printf '%s' "$AGENT machine --config $AGENT_CONFIG"
}

# KillMode: a stop signals the agent alone, which then ends its task. OOMPolicy: by default systemd would stop
# the agent when one of its processes runs out of memory; tasks have a score and a scope of their own.
agent_unit_settings() {
  cat <<EOF
User=root
KillMode=mixed
OOMPolicy=continue
OOMScoreAdjust=-500
EOF
}

# It has no command that asks.
prove_agent() {
  :
}

# The agent watches itself: it ends after idle_timeout, between two claims, so no task is lost.
idle_watch() {
  :
}
