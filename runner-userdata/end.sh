#!/usr/bin/env bash
# The end of the instance: leave the group, then power off. Runs without `set -e`: whatever fails
# here, the power goes off. The launch template's shutdown behaviour is *terminate*.

# end_instance REASON: several may come at once (a failed start of the agent ends both its unit and
# the boot), and a second decrement would take away another machine's place.
end_instance() {
  say "ending this instance: $1${SERVICE_RESULT:+ ($SERVICE_RESULT, ${EXIT_CODE:-} ${EXIT_STATUS:-})}"
  mkdir -p "$RUN_DIR"
  exec 8>"$RUN_DIR/ending"
  flock --wait 60 8
  if [[ ! -e $RUN_DIR/left-group ]]; then
    leave_group
    : >"$RUN_DIR/left-group"
  fi
  power_off
}

leave_group() {
  if ! retry 3 read_identity; then
    say 'the metadata service does not answer: the group will notice that the machine is off'
  elif [[ -e $HOOK_COMPLETED ]]; then
    terminate_in_group
  elif retry 3 complete_launch ABANDON; then
    say 'the launch is abandoned'
  else
    say "the launch could not be abandoned: $(explain)"
  fi
}

# With decrement, so that the group does not replace a machine that has done its work. At the
# group's minimum that is refused, and replacing is right. Gives up after a minute: the group
# replaces a machine that is off, and the surplus one ends itself when idle.
terminate_in_group() {
  local decrement=true try deadline=$((SECONDS + 60))
  for ((try = 1; try <= 5 && SECONDS < deadline; try++)); do
    if autoscaling TerminateInstanceInAutoScalingGroup "InstanceId=$INSTANCE_ID" \
      "ShouldDecrementDesiredCapacity=$decrement"; then
      say "the group terminates this instance (decrement: $decrement)"
      return
    fi
    say "termination refused (decrement: $decrement): $(explain)"
    case $STATUS:$ANSWER in
      *'min size'* | *minSize*)
        [[ $decrement == true ]] || return
        decrement=false
        ;;
      000:* | 429:* | 5??:* | *Throttling* | *LimitExceeded* | *ResourceContention* | *InProgress*)
        pause "$try"
        ;;
      *) return ;;
    esac
  done
}

power_off() {
  systemctl --no-block poweroff && return
  say 'systemd does not power off: forcing it'
  systemctl --force --force poweroff && return
  echo o >"$ROOT/proc/sysrq-trigger"
}
