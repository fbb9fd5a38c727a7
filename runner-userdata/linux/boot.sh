#!/usr/bin/env bash
#
# The life of a runner. This file, the files beside it and one file of platform/ are joined by
# render.ts behind a block of settings; the result is the instance's user data, and also what is
# installed as /usr/local/lib/runner-scaler/runner for everything that follows.
#
# Without a word, run once by cloud-init as root: installs itself, writes the units, starts the boot.
#
# boot, in runner-scaler-boot.service:
#   1. learn from the metadata service who and where this instance is
#   2. install what is missing
#   3. fetch the runner token and write the agent's config; beside it, install and verify the agent;
#      beside both, make the user that jobs run as, write what tasks are started with, close the
#      metadata address to everybody but root
#   4. run the config's own boot script, and close the metadata address again
#   5. prove what the task will use
#   6. complete the launch hook, start the agent
#
# watch-task, started with the task: says when it has ended (task.sh).
# watch-interruption, beside the agent on spot machines; drain, when the agent is told to stop (drain.sh).
# keep MINUTES, by hand: takes the machine out of its group to look at it (keep.sh).
#
# The end, which every way out runs (end.sh):
#   agent exited      ExecStopPost of its unit; any exit, also a failed start
#   boot failed       ExecStopPost of its unit; any failure, signal, hang, power-off
#   agent hung        RuntimeMaxSec of its unit, a little later the lifetime limit
#   machine rebooted  runner-scaler-rebooted.service
#   `end` crashed     SuccessAction and FailureAction of the units power off
#   nothing works     JobTimeoutSec of poweroff.target forces it
#
# Gotchas
#   - Functions called by `retry`, `if` or `||` run without `set -e`: they chain with && or `|| return`.
#   - Values of settings may be text that CloudFormation fills in later; they are single-quoted.
#   - Credentials and tokens travel on standard input. Arguments are readable by every user.
#   - Processes of other users than root cannot reach the metadata service, so EC2 Instance Connect,
#     whose helper is no root process, does not work; Session Manager does.
#   - A job that may become root (sudo, membership in the docker group) can take the instance's role
#     and with it the runner token. The boot script of the config decides about that.
#   - An image taken of a runner that has booted holds runner-scaler-rebooted.service: every machine
#     made of it ends at once. Bake images on a machine outside the fleet.

install_self() {
  trap 'systemctl poweroff' EXIT
  umask 022
  rm -rf "$STATE_DIR"
  install -d --mode=0700 "$RUN_DIR" "$STATE_DIR"
  phase kernel "$(now)"
  now >"$RUN_DIR/booting-since"
  install -D --mode=0700 "$0" "$ROOT$SELF"
  write_units
  systemctl --no-block start runner-scaler-boot.service
  trap - EXIT
}

boot() {
  local since token agent
  since=$(<"$RUN_DIR/booting-since")
  trap 'report_error $? $LINENO' ERR
  arm_limit lifetime-limit "$LIFETIME" "the machine lived longer than $LIFETIME s"
  stop_other_agents
  prepare_platform
  install_prerequisites
  retry 6 read_identity || die "the metadata service at $IMDS_URL does not answer"
  say "instance $INSTANCE_ID in $REGION boots as a runner of $RESOURCE_CLASS"
  retry 3 read_credentials || die 'the metadata service gives no credentials: the instance has no role'
  phase prepare $(($(now) - since))

  timed token configure_agent &
  token=$!
  timed agent install_agent &
  agent=$!
  make_job_user
  write_task_prefix
  write_proof
  close_metadata
  wait "$token" || exit
  wait "$agent" || exit
  if [[ -n $BOOT_SCRIPT ]]; then
    timed script run_boot_script
    close_metadata
  fi
  timed proof prove_task

  say 'the machine is ready: completing the launch hook and starting the agent'
  timed hook complete_hook
  now >"$RUN_DIR/agent-started"
  systemctl start runner-scaler-agent.service
  [[ $WATCH_INTERRUPTION == false ]] || systemctl --no-block start runner-scaler-interruption.service
  : >"$RUN_DIR/booted"
  phase ready $(($(now) - since))
  phase boot "$(now)"
  say "the agent runs; seconds: $(paste --serial --delimiters=, "$STATE_DIR/phases")"
}

# timed PHASE COMMAND
timed() {
  local from
  from=$(now)
  "$2"
  phase "$1" $(($(now) - from))
}

configure_agent() {
  fetch_token
  write_agent_config
}

report_error() {
  local where="status $1 at line $2${FUNCNAME[1]:+ in ${FUNCNAME[1]}}"
  keep_reason "$where"
  say "error: $where"
}

# A timer of systemd's, so that it fires whatever has become of this process. systemd-run refuses a
# command that does not exist yet.
arm_limit() {
  systemd-run --quiet --unit="runner-scaler-$1" --on-active="$2s" \
    --timer-property=AccuracySec=1s \
    --property=SuccessAction=poweroff --property=FailureAction=poweroff-force \
    "$SELF" expired "$3"
}

# Own bash: nothing it sets, and no `exit`, reaches this one. Ended by its first error.
run_boot_script() {
  local file=$STATE_DIR/boot-script status=0
  say 'running the boot script of the config'
  (
    umask 077
    printf '%s' "$BOOT_SCRIPT" >"$file"
  )
  HOME=/root env --default-signal=PIPE bash -eo pipefail "$file" </dev/null || status=$?
  ((status == 0)) || die "the boot script of the config failed with status $status"
}

# An unwritable log, a failed command: none of it keeps the machine from its end. What was said is
# written before this process ends, since systemd kills what is left of a unit.
ending() {
  set +e
  trap '' PIPE
  start_log
  "$@"
  exec >&- 2>&-
  wait "$LOG_WRITER"
}

unknown_command() {
  say "unknown command \"${1:-}\"; allowed: end [REASON], keep [MINUTES]"
  exit 64
}

case ${1:-} in
  '')
    [[ ! $0 -ef $ROOT$SELF ]] || unknown_command
    install_self
    ;;
  boot)
    trap '' PIPE
    REASON_FILE=$RUN_DIR/error
    start_log
    boot
    ;;
  boot-ended) ending boot_ended ;;
  agent-ended) ending agent_ended ;;
  expired) ending end_instance expired "$2" ;;
  rebooted) ending rebooted ;;
  end) ending end_instance interrupted "${2:-ended by hand}" ;;
  drain) ending drain "${2:-}" ;;
  watch-interruption) ending watch_interruption ;;
  watch-task) ending tell_task_end "${2:?the process of the task is missing}" ;;
  keep)
    start_log
    keep_machine "${2:-}"
    ;;
  *) unknown_command "$1" ;;
esac
