#!/usr/bin/env bash
# What happens when the agent is told to stop: by a power-off, by AWS which takes a spot machine back, or by
# hand. A running task gets the time that the stop allows, and is then handed back to the queue where the class
# is configured so.

# Seconds of the drain that are kept for the agent to hand its task back.
HAND_BACK=30

# drain PROCESS: ends the agent, if it still runs. systemd also calls this when the agent has ended by itself.
#
# An agent without a task is told to stop at once, and claims nothing more. An agent with a task claims nothing
# more in any case. It is told to stop only when the time is nearly over, because it may hand its task back at
# once. An agent that knows a signal to end after its task gets that first.
drain() {
  local agent=${1:-} deadline left task
  [[ -n $agent ]] || return 0
  if [[ ! -s $RUN_DIR/told-to-stop && ${SERVICE_RESULT:-success} != timeout ]]; then
    if [[ $(systemctl is-system-running) == stopping ]]; then
      printf 'the machine was told to stop' >"$RUN_DIR/told-to-stop"
    else
      printf 'the agent was stopped by hand' >"$RUN_DIR/told-to-stop"
    fi
  fi
  left=$(cat "$RUN_DIR/stop-in" 2>/dev/null) || left=$DRAIN_TIMEOUT
  ((left < DRAIN_TIMEOUT)) || left=$DRAIN_TIMEOUT
  read_uptime
  deadline=$((UPTIME + left))
  if [[ -n $AGENT_DRAIN_SIGNAL ]]; then
    say "the agent finishes what it has: it has $left s"
    kill "-$AGENT_DRAIN_SIGNAL" "$agent" || return 0
    ((left <= HAND_BACK)) || ! wait_for "$agent" $((left - HAND_BACK)) || return 0
  elif task_runs; then
    read -r task _ <"$RUN_DIR/task"
    say "a task is running: it has $left s"
    ((left <= HAND_BACK)) || wait_for "$task" $((left - HAND_BACK)) || :
  fi
  kill "-$AGENT_STOP_SIGNAL" "$agent" || return 0
  read_uptime
  left=$((deadline - UPTIME))
  ! ((left > 0)) || ! wait_for "$agent" "$left" || return 0
  say 'the agent has not ended in time: killing it'
  kill -KILL "$agent"
}
