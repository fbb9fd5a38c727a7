#!/usr/bin/env bash
#
# The life of a runner. This file, the files beside it, one file of platform/ and one folder of agents/ are
# joined by render.ts behind a block of settings. The result is the instance's user data. It is also installed as
# /usr/local/lib/runner-scaler/runner, which everything that follows calls.
#
# Without an argument, run once by cloud-init as root: installs itself, writes the units, starts the boot.
#
# boot, in runner-scaler-boot.service:
#   1. stop other agents of the image, trust the config's certificates and use its proxy (network/), install what
#      is missing
#   2. learn from the metadata service which instance this is, and where
#   3. fetch the agent's credential and write its config; at the same time, install and verify the agent;
#      at the same time, make the user that jobs run as, write what tasks are started with, close the
#      metadata address to everybody but root
#   4. run the config's own boot script, and close the metadata address again
#   5. prove that a task will find what it needs (proof.sh), and that the credential is accepted
#   6. complete the launch hook, start the agent
#
# run-agent, an agent that has to be watched: the command of its unit, and its watch.
# watch-job, beside an agent whose task only its log shows; job-ended, when that agent has ended.
# watch-task, started with the task: reports its end (task.sh).
# watch-interruption, beside the agent on spot machines; drain, when the agent is told to stop (drain.sh).
# keep MINUTES, by hand: takes the machine out of its group to examine it (keep.sh).
#
# The end, which every way out runs (end.sh):
#   agent exited      ExecStopPost of its unit; any exit, also a failed start
#   boot failed       ExecStopPost of its unit; any failure, signal, hang, power-off
#   agent hung        RuntimeMaxSec of its unit, a little later the lifetime limit
#   machine rebooted  runner-scaler-rebooted.service
#   `end` crashed     SuccessAction and FailureAction of the units power off
#   nothing works     JobTimeoutSec of poweroff.target forces it
#
# What a platform has:
#   prepare_platform     makes the image ready for install_packages and for everything else
#   install_packages     installs packages by name
#
# What an agent has:
#   fetch_credential     fetches what the agent signs in with
#   install_agent        installs the wanted version, verified, unless the image has it
#   write_agent_config   writes the agent's config with the credential, and forgets the credential
#   prepare_tasks        makes JOB_HOME, and writes what the agent starts a task with
#   as_task COMMAND      prints the command line that runs COMMAND as tasks are run, for the proof
#   agent_command        prints the command line of the agent's unit
#   agent_unit_settings  prints the user, OOM and kill settings of the agent's unit
#   prove_agent          proves that the source accepts the credential, where the agent can ask
#   idle_watch           starts what ends an agent without a task, where the agent does not end by itself
#   run_agent, watch_job, job_ended
#                        what the three commands above do, where the agent's unit uses them
#   AGENT_NAME           for the description of its unit
#   AGENT_CONFIG         path of its config, which no job may read
#   AGENT_STOP_SIGNAL    ends the agent, and its task if there is one
#   AGENT_DRAIN_SIGNAL   ends the agent after its task, if there is one; empty where it knows no such signal
#   JOB_USER, JOB_HOME   who runs jobs, and the folder whose workdir/ they work in
#   OTHER_AGENTS         services of the agent's own package, which an image may have enabled
#
# Gotchas
#   - A line that ends in `# only with FILE` or `# only without FILE` is rendered only so: user data must be small.
#   - `set -e` has no effect in functions called by `retry`, `if` or `||`: they chain with && or `|| return`.
#   - Values of settings may be text that CloudFormation fills in later; they are single-quoted.
#   - Credentials and tokens are passed on standard input. Every user can read arguments.
#   - Only root can reach the metadata service, so EC2 Instance Connect, whose helper does not run as root, does
#     not work; Session Manager does.
#   - A job that can become root (sudo, membership in the docker group) can use the instance's role, and
#     with it read the runner token. The config's boot script decides about that.
#   - An image made from a runner that has booted holds runner-scaler-rebooted.service: every machine
#     started from it ends at once. Build images on a machine outside the fleet.

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
  prepare_network # only with network/network.sh
  prepare_platform
  install_prerequisites
  retry 6 read_identity || die "the metadata service at $IMDS_URL does not answer"
  say "instance $INSTANCE_ID in $REGION boots as a runner of $RESOURCE_CLASS"
  retry 6 read_credentials || die 'the metadata service gives no credentials: the instance has no role'
  phase prepare $(($(now) - since))

  timed token configure_agent &
  token=$!
  timed agent install_agent &
  agent=$!
  make_job_user
  prepare_tasks
  write_proof
  close_metadata
  wait "$token" || exit
  wait "$agent" || exit
  if [[ -n $BOOT_SCRIPT ]]; then
    timed script run_boot_script
    close_metadata
  fi
  timed proof prove

  say 'the machine is ready: completing the launch hook and starting the agent'
  timed hook complete_hook
  now >"$RUN_DIR/agent-started"
  systemctl start runner-scaler-agent.service
  idle_watch
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

prove() {
  prove_task
  prove_agent
  prove_proxy # only with network/proxy.sh
}

configure_agent() {
  fetch_credential
  write_agent_config
}

report_error() {
  local where="status $1 at line $2${FUNCNAME[1]:+ in ${FUNCNAME[1]}}"
  keep_reason "$where"
  say "error: $where"
}

# A systemd timer, so that it fires whatever has become of this process. systemd-run refuses a command that does
# not exist yet.
arm_limit() {
  systemd-run --quiet --unit="runner-scaler-$1" --on-active="$2s" \
    --timer-property=AccuracySec=1s \
    --property=SuccessAction=poweroff --property=FailureAction=poweroff-force \
    "$SELF" expired "$3"
}

# In a separate bash, so that no variable and no `exit` of it affects this one. Its first error ends it.
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

# An unwritable log or a failed command must not keep the machine from ending. The log is written out before this
# process ends, since systemd kills what is left of a unit.
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
  run-agent) ending run_agent ;;
  watch-job) ending watch_job ;;
  job-ended) ending job_ended ;;
  watch-task) ending tell_task_end "${2:?the process of the task is missing}" ;;
  keep)
    start_log
    keep_machine "${2:-}"
    ;;
  *) unknown_command "$1" ;;
esac
