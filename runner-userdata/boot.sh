#!/usr/bin/env bash
#
# The life of a runner. This file, the files beside it and one file of platform/ are joined by
# render.ts behind a block of settings; the result is the instance's user data, and also what is
# installed as /usr/local/lib/runner-scaler/runner for the end of the instance.
#
# boot, run once by cloud-init as root:
#   1. log to file, console and journal; install itself, and arm two timers that run `end`: the boot
#      limit and the lifetime limit
#   2. write the unit of the agent, and enable the one that ends a rebooted machine
#   3. learn from the metadata service who and where this instance is
#   4. install what is missing, fetch the runner token, install and verify the agent
#   5. write the agent's config and what it starts the task with, close the metadata address to
#      everybody but root, prove it
#   6. run the config's own boot script
#   7. complete the launch hook, start the agent, disarm the boot limit
#
# watch-task, started with the task: says when it has ended (task.sh).
#
# end, which every shutdown path runs (end.sh):
#   agent exited      ExecStopPost of its unit; any exit, also a failed start
#   boot failed       the EXIT trap below
#   boot hung         the boot limit
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

BOOTED=no

boot() {
  trap 'report_error $? $LINENO' ERR
  trap 'on_exit $?' EXIT
  start_log
  install_self
  arm_limit boot-limit "$BOOT_TIMEOUT" "the boot took longer than $BOOT_TIMEOUT s"
  arm_limit lifetime-limit "$LIFETIME" "the machine lived longer than $LIFETIME s"
  write_units
  systemctl enable runner-scaler-rebooted.service

  retry 6 read_identity || die "the metadata service at $IMDS_URL does not answer"
  say "instance $INSTANCE_ID in $REGION boots as a runner of $RESOURCE_CLASS"
  install_prerequisites
  prepare_platform
  fetch_token
  install_agent
  make_job_user
  write_agent_config
  write_task_prefix

  close_metadata
  prove_metadata_closed
  run_boot_script
  prove_metadata_closed

  say 'the machine is ready: completing the launch hook and starting the agent'
  complete_hook
  systemctl start runner-scaler-agent.service
  systemctl stop runner-scaler-boot-limit.timer
  BOOTED=yes
  say "the agent runs after $SECONDS s"
}

report_error() {
  say "error: status $1 at line $2${FUNCNAME[1]:+ in ${FUNCNAME[1]}}"
}

on_exit() {
  trap - ERR EXIT
  set +e
  [[ $BOOTED == yes ]] || end_instance "the boot stopped with status $1"
}

# A timer of systemd's, so that it fires whatever has become of this process. systemd-run refuses a
# command that does not exist yet.
arm_limit() {
  systemd-run --quiet --unit="runner-scaler-$1" --on-active="$2s" \
    --timer-property=AccuracySec=1s \
    --property=SuccessAction=poweroff --property=FailureAction=poweroff-force \
    "$SELF" end "$3"
}

install_self() {
  rm -f "$HOOK_COMPLETED"
  mkdir -p "$RUN_DIR"
  install -D --mode=0700 "$0" "$ROOT$SELF"
}

# Own bash: nothing it sets, and no `exit`, reaches this one. Ended by its first error.
run_boot_script() {
  local file="$ROOT${SELF%/*}/boot-script" status=0
  [[ -n $BOOT_SCRIPT ]] || return 0
  say 'running the boot script of the config'
  (
    umask 077
    printf '%s' "$BOOT_SCRIPT" >"$file"
  )
  HOME=/root bash -eo pipefail "$file" </dev/null || status=$?
  ((status == 0)) || die "the boot script of the config failed with status $status"
}

complete_hook() {
  retry 5 complete_launch CONTINUE ||
    die "cannot complete the launch hook $LAUNCH_HOOK of $SCALING_GROUP: $(explain)"
  mkdir -p "${HOOK_COMPLETED%/*}"
  : >"$HOOK_COMPLETED"
}

case ${1:-boot} in
  boot) boot ;;
  end)
    start_log
    set +e
    end_instance "${2:-asked by hand}"
    ;;
  watch-task)
    start_log
    set +e
    tell_task_end "${2:?the process of the task is missing}"
    ;;
  *) die "unknown command $1; allowed: boot, end, watch-task" ;;
esac
