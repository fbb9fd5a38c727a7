#!/usr/bin/env bash
# Where things lie on the machine, and the few verbs that every other file uses.

# Tests run the script below a root of their own, with one server in place of all others. cloud-init
# and systemd start it with an environment of theirs, in which neither variable occurs.
ROOT=${RUNNER_SCALER_TEST_ROOT:-}
TEST_URL=${ROOT:+${RUNNER_SCALER_TEST_URL:-}}

# Links under these two addresses are the same service; IPv6 has to be enabled per instance.
IMDS_URL=${TEST_URL:-http://169.254.169.254}
IMDS_URL_IPV6=${TEST_URL:-http://[fd00:ec2::254]}
RELEASES_URL=${TEST_URL:-https://circleci-binary-releases.s3.amazonaws.com}/circleci-runner

# Paths with ROOT are used by this script; these three also stand in other files, so they lack it.
SELF=/usr/local/lib/runner-scaler/runner
TASK_PREFIX=/usr/local/lib/runner-scaler/task
AGENT=/usr/local/bin/circleci-runner
AGENT_CONFIG=/etc/circleci-runner/circleci-runner-config.yaml
UNIT_DIR=$ROOT/etc/systemd/system
RUN_DIR=$ROOT/run/runner-scaler
HOOK_COMPLETED=$ROOT/var/lib/runner-scaler/hook-completed
LOG_FILE=$ROOT/var/log/runner-scaler.log
JOB_USER=circleci
JOB_HOME=/var/lib/circleci-runner

# Seconds until the machine is ended whatever it does: the longest honest life, and a quarter of an
# hour in which the agent's own limits and those of its unit come first.
LIFETIME=$((BOOT_TIMEOUT + IDLE_TIMEOUT + MAX_RUN_TIME + 900))

start_log() {
  mkdir -p "${LOG_FILE%/*}"
  (
    umask 027
    : >>"$LOG_FILE"
  )
  exec > >(TZ=UTC stamp | tee --append "$LOG_FILE" "$ROOT/dev/console" | logger --tag runner-scaler) 2>&1
}

stamp() {
  local line
  while IFS= read -r line || [[ -n $line ]]; do
    printf '%(%Y-%m-%dT%H:%M:%SZ)T %s\n' -1 "$line"
  done
}

# Standard error, so that a message inside $(...) is not taken for the answer.
say() {
  printf '%s\n' "$*" >&2
}

die() {
  say "error: $*"
  exit 1
}

# Sleeps so many seconds and up to one more, so that machines started together part.
pause() {
  sleep "$1.$((RANDOM % 900 + 100))"
}

# retry TRIES COMMAND...: pauses 1, 2, 4, ... seconds between the tries.
retry() {
  local tries=$1 try
  shift
  for ((try = 1; ; try++)); do
    if "$@"; then return 0; fi
    if ((try >= tries)); then return 1; fi
    say "try $try of $tries failed: $1"
    pause $((2 ** (try - 1)))
  done
}
