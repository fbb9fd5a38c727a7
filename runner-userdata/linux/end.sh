#!/usr/bin/env bash
# The end of the instance: leave the group, report how it ended, power off. Runs without `set -e`: whatever
# fails here, the machine powers off. The launch template's shutdown behaviour is *terminate*.

# end_instance OUTCOME REASON: may be called several times at once (a failed start of the agent ends both its
# unit and the boot); the first call leaves the group, the others wait for it.
end_instance() {
  local word='' kept
  if [[ $1 =~ ^(served|idle|agent-failed)$ ]] && kept=$(cat "$RUN_DIR/kept" 2>/dev/null); then
    say "the agent has ended ($2), and this machine is kept until $kept"
    return
  fi
  say "ending this instance ($1): $2"
  exec 8>"$RUN_DIR/ending"
  flock --wait $((LEAVE_LIMIT + 30)) 8
  if [[ ! -e $RUN_DIR/left-group ]]; then
    if retry 5 read_identity; then
      tell_last_word "$1" "$2" &
      word=$!
      leave_group
    else
      say 'the metadata service does not answer: the group will notice that the machine is off'
    fi
    : >"$RUN_DIR/left-group"
    kill_leftovers
    [[ -z $LOG_GROUP || -z $word ]] || ship_logs ||
      say "the logs could not be sent to $LOG_GROUP: $(explain)"
    [[ -z $word ]] || wait "$word" || say "nobody is told how this machine ended"
  fi
  power_off
}

# Processes that a job left behind must not delay the power-off.
kill_leftovers() {
  systemctl kill --signal=KILL 'runner-scaler-task*.scope' 2>/dev/null
  # If the image's job user is root, the boot has failed, and this process is root's as well.
  [[ $(id -u "$JOB_USER" 2>/dev/null) == 0 ]] || pkill -KILL -u "$JOB_USER" 2>/dev/null
}

# Through systemd, not logind, which a job may have blocked. A power-off or reboot that has begun is not
# disturbed; the limit on poweroff.target ends one that hangs. After a reboot, runner-scaler-rebooted.service
# comes here again.
power_off() {
  systemctl --no-block --job-mode=replace-irreversibly start poweroff.target && return
  [[ $(systemctl is-system-running) != stopping ]] || return 0
  say 'systemd does not power off: forcing it'
  systemctl --force --force poweroff && return
  echo o >"$ROOT/proc/sysrq-trigger"
}

# What systemd says of a process that ended: "exited, 1" or "killed, KILL".
how_it_ended() {
  printf '%s, %s' "${EXIT_CODE:-unknown}" "${EXIT_STATUS:-unknown}"
}

# Runs after the boot's unit, which stays active while the machine runs: only a failed boot ends it.
boot_ended() {
  local reason
  [[ ! -e $RUN_DIR/booted ]] || return 0
  reason=$(cat "$RUN_DIR/error" 2>/dev/null)
  case ${SERVICE_RESULT:-unknown} in
    timeout) reason="the boot took longer than $BOOT_TIMEOUT s" ;;
    *) [[ -n $reason ]] || if [[ $(systemctl is-system-running) == stopping ]]; then
      reason='the machine was told to stop during its boot'
    else
      reason="the boot was ended from outside ($(how_it_ended))"
    fi ;;
  esac
  end_instance boot-failed "$reason"
}

# After a reboot nothing is left of the agent or its task.
rebooted() {
  install -d --mode=0700 "$RUN_DIR"
  end_instance interrupted 'the machine was rebooted'
}

# Runs after the agent's unit, however it ended, also when it could not be started.
agent_ended() {
  local started told failed lived=0
  started=$(cat "$RUN_DIR/agent-started" 2>/dev/null)
  [[ ! $started =~ ^[1-9][0-9]*$ ]] || lived=$((($(now) - started) / 1000))
  told=$(cat "$RUN_DIR/told-to-stop" 2>/dev/null)
  # In a subshell, so that a file without a number costs the phases and nothing else.
  (task_phases)
  if [[ ${SERVICE_RESULT:-} == timeout && -z $told ]]; then
    end_instance expired "the agent was still there $lived s after its start, its limit"
  elif [[ -n $told ]]; then
    end_instance interrupted "$told"
  elif failed=$(cat "$RUN_DIR/agent-error" 2>/dev/null); then
    end_instance agent-failed "$failed"
  elif task_runs; then
    end_instance agent-failed "the agent ended while its task was running ($(how_it_ended))"
  elif [[ -e $RUN_DIR/task ]]; then
    end_instance served 'the task has ended'
  elif ((lived >= IDLE_TIMEOUT - 5)); then
    end_instance idle "no task came within $lived s"
  else
    end_instance agent-failed "the agent ended after $lived s without a task ($(how_it_ended))"
  fi
}
