#!/usr/bin/env bash
# For a person who examines this machine: it stays on when its agent has ended.

# keep_machine MINUTES: the machine leaves its group, so that it is not counted for a waiting task, and still ends
# after that time.
keep_machine() {
  local minutes=${1:-120}
  if [[ ! $minutes =~ ^[0-9]{1,4}$ ]] || ((10#$minutes < 1 || 10#$minutes > 1440)); then
    die "the minutes to keep this machine are \"$minutes\"; allowed: a whole number from 1 to 1440"
  fi
  [[ -e $RUN_DIR/booted ]] ||
    die 'this machine is still booting, and its group keeps it until it is in service; try again then'
  retry 3 read_identity || die 'the metadata service does not answer: the machine cannot be kept'
  if [[ ! -e $RUN_DIR/kept ]]; then
    detach true || { at_minimum && detach false; } ||
      die "the group does not let go of this machine, so it is not kept: $(explain)"
  fi
  date --date="+$minutes minutes" --utc +%Y-%m-%dT%H:%M:%SZ >"$RUN_DIR/kept"
  mkdir -p "$ROOT/run/systemd/system/runner-scaler-agent.service.d"
  printf '[Unit]\nSuccessAction=none\nFailureAction=none\n' \
    >"$ROOT/run/systemd/system/runner-scaler-agent.service.d/kept.conf"
  systemctl daemon-reload
  systemctl stop runner-scaler-lifetime-limit.timer runner-scaler-keep-limit.timer 2>/dev/null || :
  arm_limit keep-limit $((10#$minutes * 60)) "the machine was kept for $minutes minutes"
  say "this machine has left its group and is kept until $(<"$RUN_DIR/kept"); to end it now: $SELF end"
}

# detach DECREMENT
detach() {
  autoscaling DetachInstances "AutoScalingGroupName=$SCALING_GROUP" \
    "InstanceIds.member.1=$INSTANCE_ID" "ShouldDecrementDesiredCapacity=$1"
}
