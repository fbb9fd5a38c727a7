#!/usr/bin/env bash
# GitLab Runner. What it needs for each executor is in docker.sh and shell.sh beside this file; how its job is
# noticed is in job.sh.

AGENT_NAME='GitLab Runner'
RELEASES_URL=${TEST_URL:-https://gitlab-runner-downloads.s3.amazonaws.com}
AGENT=/usr/local/bin/gitlab-runner
AGENT_CONFIG=/etc/runner-scaler/agent.toml
# It claims no further job, and finishes the one it has. A second one changes nothing.
AGENT_DRAIN_SIGNAL=QUIT
# Ends its job as a runner_system_failure, which `retry: when` of a job can name.
AGENT_STOP_SIGNAL=TERM
# Of the runner's package.
JOB_USER=gitlab-runner
JOB_HOME=/var/lib/gitlab-runner
OTHER_AGENTS=(gitlab-runner.service)

# Tokens of the older kind would register a new runner, or be refused only when the first job is asked for.
fetch_credential() {
  fetch_token
  [[ $TOKEN == glrt-?* ]] ||
    die "the secret $TOKEN_SECRET holds no runner authentication token; allowed: a token that begins with glrt-; create a runner in GitLab, and fill the secret with the token it shows"
}

install_agent() {
  local arch checksum program work sums line
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
  program=v$AGENT_VERSION/binaries/gitlab-runner-linux-$arch
  if [[ -z $checksum ]]; then
    sums=v$AGENT_VERSION/release.sha256
    retry 4 download "$sums" "$work/sums" || die "cannot download $RELEASES_URL/$sums"
    while read -r line; do
      [[ $line != *[\ /*]"${program##*/}" ]] || checksum=${line%% *}
    done <"$work/sums"
    [[ $checksum =~ ^[0-9a-f]{64}$ ]] || die "$RELEASES_URL/$sums has no checksum of ${program##*/}"
  fi
  retry 4 download "$program" "$work/agent" || die "cannot download $RELEASES_URL/$program"
  printf '%s  %s\n' "$checksum" "$work/agent" | sha256sum --check --status ||
    die "the download $program does not have the checksum $checksum"
  install -D --mode=0755 "$work/agent" "$ROOT$AGENT"
  rm -rf "$work"
}

# https://docs.gitlab.com/runner/configuration/advanced-configuration/
# The token is in this file only: the shell executor gives the agent's environment to jobs. GitLab shows the
# system id with each job, so that a person finds the instance. It must be r_ and twelve letters or digits.
write_agent_config() {
  local file=$ROOT$AGENT_CONFIG id=000000000000${INSTANCE_ID#i-}
  rm -rf "${file%/*}"
  (
    umask 077
    mkdir "${file%/*}"
    printf 'r_%s' "${id: -12}" >"${file%/*}/.runner_system_id"
    printf 'RUNNER_NAME=%s\n' "$INSTANCE_ID" >"$RUN_DIR/agent-name"
    cat >"$file" <<EOF
concurrent = 1
check_interval = 3

[[runners]]
  name = "$(json_text "$INSTANCE_ID")"
  url = "$(json_text "$GITLAB_URL")"
  token = "$(json_text "$TOKEN")"
$(executor_config)
EOF
  )
  TOKEN=''
}

# A refused token would otherwise hold the machine until the agent is idle: it sleeps five minutes after a 403.
prove_agent() {
  say "verifying the runner token with $GITLAB_URL"
  if retry 4 verify_token; then return; fi
  ((${#ANSWER} <= 300)) || ANSWER=${ANSWER: -300}
  die "GitLab at $GITLAB_URL cannot be asked about the runner token: $(json_text "$ANSWER")"
}

# The exit status is not 0 only when GitLab refuses the token. Nothing but the words tells success from an
# unreachable GitLab.
verify_token() {
  local status=0
  ANSWER=$(HOME=/root timeout 60 "$ROOT$AGENT" verify --config "$ROOT$AGENT_CONFIG" --name "$INSTANCE_ID" 2>&1) ||
    status=$?
  [[ $ANSWER != *'is valid'* && $ANSWER != *'is alive'* ]] || return 0
  [[ $ANSWER != *'is not valid'* && $ANSWER != *'is removed'* ]] ||
    die "GitLab at $GITLAB_URL refuses the runner token of the secret ${TOKEN_SECRET:-$TOKEN_SECRET_PREFIX$ROLE}; create a runner in GitLab, and fill the secret with the token it shows"
  say "the token is not verified (status $status)"
  return 1
}

# ExecStopPost: systemd runs it before the end of the machine. At a power-off the agent stops first, then what
# jobs need.
agent_unit_settings() {
  cat <<EOF
User=root
KillMode=mixed
OOMPolicy=continue
OOMScoreAdjust=-500
EnvironmentFile=$RUN/agent-name
$(executor_unit_settings)
ExecStopPost=$SELF job-ended
[Unit]
Wants=runner-scaler-job.service
After=runner-scaler-job.service docker.service containerd.service
EOF
}

# The watch of the job, which starts with the agent, does this too.
idle_watch() {
  :
}
