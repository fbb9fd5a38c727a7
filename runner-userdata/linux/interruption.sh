#!/usr/bin/env bash
# The notice by which AWS takes a spot machine back, two minutes before its end.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html

# Runs while the agent does, on machines that may be spot.
watch_interruption() {
  local cycle notice seconds at_risk=0
  until open_imds && cycle=$(imds instance-life-cycle); do
    say 'it cannot be read whether this is a spot machine: trying again'
    sleep 5
  done
  [[ $cycle == spot ]] || return 0
  while sleep 5; do
    if notice=$(imds spot/instance-action 2>/dev/null); then
      seconds=$(seconds_until "$(plain_text time "$notice")")
      say "AWS takes this machine back in $seconds s"
      stop_agent 'AWS took the spot machine back' $((seconds - 15))
      return
    fi
    # A machine at risk is worth nothing without a task; a running task may well end in time. An agent may need a
    # while to make sure that it has none.
    if ! task_runs && imds events/recommendations/rebalance >/dev/null 2>&1; then
      if ((++at_risk >= 6)); then
        stop_agent 'AWS may take the spot machine back soon, and it had no task' 30
        return
      fi
    else
      at_risk=0
    fi
    imds instance-id >/dev/null 2>&1 || open_imds || :
  done
}

# seconds_until TIME: seconds from now, at least 0 and at most the two minutes of a notice. A time that is further away in
# either direction is of a clock that is wrong, and a task must not be ended for that.
seconds_until() {
  local at seconds=120
  at=$(date --date="$1" +%s 2>/dev/null) && seconds=$((at - $(date +%s)))
  printf '%d' $((seconds < -120 || seconds > 120 ? 120 : seconds < 0 ? 0 : seconds))
}

# stop_agent REASON SECONDS
stop_agent() {
  printf '%s' "$1" >"$RUN_DIR/told-to-stop"
  printf '%d' $(($2 > 0 ? $2 : 0)) >"$RUN_DIR/stop-in"
  systemctl --no-block stop runner-scaler-agent.service
}
