#!/usr/bin/env bash
# Where things are on the machine, and the few functions that every other file uses.

# Tests run the script below another root, with one server in place of all others. cloud-init and systemd
# start it with their own environment, in which neither variable is set.
ROOT=${RUNNER_SCALER_TEST_ROOT:-}
TEST_URL=${ROOT:+${RUNNER_SCALER_TEST_URL:-}}

# Both addresses are the metadata service; the IPv6 one has to be enabled per instance.
IMDS_URL=${TEST_URL:-http://169.254.169.254}
IMDS_URL_IPV6=${TEST_URL:-http://[fd00:ec2::254]}

# These two also stand in files that this script writes, so they lack ROOT.
SELF=/usr/local/lib/runner-scaler/runner
RUN=/run/runner-scaler
# Only root may enter these two: jobs must not lock or read what is in them. RUN_DIR is empty after a reboot,
# STATE_DIR is not.
RUN_DIR=$ROOT$RUN
STATE_DIR=$ROOT/var/lib/runner-scaler
UNIT_DIR=$ROOT/etc/systemd/system
LOG_FILE=$ROOT/var/log/runner-scaler.log

# Seconds until the machine is ended whatever it does: the longest life within all other limits, plus a
# quarter of an hour, so that the limits of the agent and of its unit come first.
LIFETIME=$((BOOT_TIMEOUT + IDLE_TIMEOUT + MAX_RUN_TIME + DRAIN_TIMEOUT + 900))

# From here on every line goes to the log file, to the console, and to where the output went before (the
# journal or a terminal). A line that cannot be written to one of them is lost there and does no other harm.
start_log() {
  mkdir -p "${LOG_FILE%/*}" || :
  exec 9>&1 > >(write_log) 2>&1
  LOG_WRITER=$!
}

write_log() {
  local line stamped
  set +eu
  trap - ERR EXIT
  trap '' PIPE TERM INT HUP
  umask 027
  exec 2>/dev/null
  while IFS= read -r line || [[ -n $line ]]; do
    TZ=UTC printf -v stamped '%(%Y-%m-%dT%H:%M:%SZ)T %s' -1 "$line"
    printf '%s\n' "$stamped" >>"$LOG_FILE"
    printf '%s\n' "$stamped" >"$ROOT/dev/console"
    printf '%s\n' "$line" >&9
  done
}

# To standard error, so that a message inside $(...) does not become part of the answer.
say() {
  printf '%s\n' "$*" >&2 || :
}

# File that keeps why the boot failed; the first reason counts.
REASON_FILE=''

die() {
  keep_reason "$*"
  say "error: $*"
  exit 1
}

keep_reason() {
  [[ -z $REASON_FILE || -s $REASON_FILE ]] || printf '%s' "$1" >"$REASON_FILE" || :
}

# pause SECONDS: sleeps half to one and a half times as long, so that machines that were started or throttled
# together do not retry together.
pause() {
  local milliseconds=$(($1 * (500 + RANDOM % 1001)))
  sleep "$((milliseconds / 1000)).$(printf %03d $((milliseconds % 1000)))"
}

# retry TRIES COMMAND...: pauses about 1, 2, 4, ... seconds between the tries.
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

# wait_for PROCESS SECONDS: whether the process has ended by then.
wait_for() {
  timeout "$2" tail --pid="$1" --sleep-interval=0.2 --follow /dev/null 2>/dev/null
}

# Milliseconds since power-on, which setting the clock does not change.
now() {
  local seconds
  read -r seconds _ </proc/uptime
  printf '%s' "${seconds/./}0"
}

# Sets UPTIME: the same in seconds, without another process, which a job may have left no room for. Bash's SECONDS follows
# the clock, which may be set by hours while a machine runs.
read_uptime() {
  read -r UPTIME _ </proc/uptime
  UPTIME=${UPTIME%.*}
}

# phase NAME MILLISECONDS: records how long a phase of the machine's life took; 0 if a reboot interrupted it.
phase() {
  local milliseconds=$(($2 > 0 ? $2 : 0))
  printf '%s %d.%03d\n' "$1" $((milliseconds / 1000)) $((milliseconds % 1000)) >>"$STATE_DIR/phases" || :
}

# json_text TEXT: the text as it stands between quotes in JSON, in single-byte characters, so that it can be cut
# anywhere.
json_text() {
  local LC_ALL=C text=$1
  text=${text//[^[:print:]]/ }
  text=${text//\\/\\\\}
  printf '%s' "${text//\"/\\\"}"
}
