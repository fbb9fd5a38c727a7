#!/usr/bin/env bash
# The machine's calls to its Auto Scaling group: the boot is done, the boot failed, the machine ends. Each may be
# answered late or never, and a second decrement would take another machine's place. So a call is recorded on
# disk, where it survives a reboot, before it is sent.

HOOK_SENT=$STATE_DIR/hook-sent
DECREMENT_SENT=$STATE_DIR/decrement-sent
GROUP_LEFT=$STATE_DIR/group-left

# Seconds for which leaving the group is tried: longer than an account usually stays throttled.
LEAVE_LIMIT=300

# Seconds until metadata shows what a call has done; undocumented, so generous.
SETTLE=5

# complete_launch CONTINUE|ABANDON
complete_launch() {
  autoscaling CompleteLifecycleAction "AutoScalingGroupName=$SCALING_GROUP" \
    "LifecycleHookName=$LAUNCH_HOOK" "InstanceId=$INSTANCE_ID" "LifecycleActionResult=$1"
}

# If a repeated call is refused, the first one has worked and its answer was lost.
complete_hook() {
  local try unsure=no
  : >"$HOOK_SENT"
  for ((try = 0; try < 7; try++)); do
    ((try == 0)) || pause $((2 ** (try - 1)))
    if complete_launch CONTINUE; then return; fi
    if [[ $ANSWER == *'No active Lifecycle Action'* ]]; then
      [[ $unsure == yes && $(target_state) == InService ]] || break
      say 'the launch hook is complete: a call whose answer was lost has worked'
      return
    fi
    ! may_have_worked || unsure=yes
    say "the launch hook is not complete yet: $(explain)"
  done
  [[ $unsure == yes ]] || rm -f "$HOOK_SENT"
  die "cannot complete the launch hook $LAUNCH_HOOK of $SCALING_GROUP: $(explain)"
}

# Whether the last call was refused because the group would fall below its minimum.
at_minimum() {
  [[ $ANSWER == *'min size'* || $ANSWER == *minSize* ]]
}

leave_group() {
  if [[ -e $GROUP_LEFT ]]; then
    say 'this instance has left its group before the reboot'
  elif [[ -e $HOOK_SENT ]]; then
    terminate_in_group
  elif retry 4 complete_launch ABANDON; then
    say 'the launch is abandoned'
  else
    say "the launch could not be abandoned: $(explain)"
  fi
}

# With decrement, so that the group does not replace a machine that has done its work. At the group's minimum
# that is refused, and replacing the machine is right.
terminate_in_group() {
  local decrement=true state try=0 deadline
  read_uptime
  deadline=$((UPTIME + LEAVE_LIMIT))
  # After a quick reboot, metadata may not show the call yet.
  [[ ! -e $DECREMENT_SENT ]] || {
    decrement=unsure
    sleep "$SETTLE"
  }
  while :; do
    state=$(target_state) || state=unknown
    [[ $state != Terminated ]] || {
      say 'the group ends this instance already'
      return
    }
    # By now metadata, if it can be read, shows whether a call whose answer was lost has worked.
    [[ $decrement:$state != unsure:InService ]] || decrement=true
    [[ $decrement != unsure ]] || decrement=false
    [[ $decrement == false ]] || : >"$DECREMENT_SENT"
    if autoscaling TerminateInstanceInAutoScalingGroup "InstanceId=$INSTANCE_ID" \
      "ShouldDecrementDesiredCapacity=$decrement"; then
      : >"$GROUP_LEFT"
      say "the group terminates this instance (decrement: $decrement)"
      return
    fi
    say "termination refused (decrement: $decrement): $(explain)"
    if may_have_worked; then
      [[ $decrement == false ]] || decrement=unsure
      sleep "$SETTLE"
    else
      [[ $decrement == false ]] || rm -f "$DECREMENT_SENT"
      if at_minimum && [[ $decrement == true ]]; then
        decrement=false
        continue
      fi
      may_work_later || return
    fi
    read_uptime
    ((UPTIME < deadline)) || {
      say "the group could not be left within $LEAVE_LIMIT s: it will notice that the machine is off"
      return
    }
    pause $((2 ** (try < 4 ? try++ : 4)))
  done
}
