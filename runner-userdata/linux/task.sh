#!/usr/bin/env bash
# The task: whether one runs, and what is done when it has ended. The scaler hears of the end before the agent
# has cleaned up: it counts the runner out at once, and reads the queue for what the task released. Nothing depends
# on this message: if it is lost, the end of the machine shows the same.
#
# When a task starts, the agent's part writes "PROCESS MILLISECONDS" (the latter as of `now`) to $RUN_DIR/task and
# starts runner-scaler-task@PROCESS.service.

# Whether the agent has started a task that has not ended.
task_runs() {
  local process=''
  [[ ! -e $RUN_DIR/task-ended ]] && read -r process _ 2>/dev/null <"$RUN_DIR/task" &&
    kill -0 "$process" 2>/dev/null
}

# Keeps how long the agent waited for its task, and how long the task took.
task_phases() {
  local began ended
  read -r _ began 2>/dev/null <"$RUN_DIR/task" || return 0
  phase wait $((began - $(<"$RUN_DIR/agent-started")))
  ended=$(cat "$RUN_DIR/task-ended" 2>/dev/null) || ended=$(now)
  phase task $((ended - began))
}

# tell_task_end PROCESS: waits for the process to end, then reports that the task has ended.
tell_task_end() {
  tail --pid="$1" --sleep-interval=0.25 --follow /dev/null
  now >"$RUN_DIR/task-ended"
  say 'the task has ended'
  retry 2 read_identity ||
    die 'the metadata service does not answer: nobody is told that the task has ended'
  retry 2 give_up_protection ||
    say "the group does not know that the task has ended: $(explain)"
  [[ $TELL_TASK_END == false ]] || retry 2 put_task_ended ||
    say "the scaler is not told that the task has ended: $(explain)"
}

# The scaler sees this of a machine in service. The group would also choose the machine first.
give_up_protection() {
  autoscaling SetInstanceProtection "AutoScalingGroupName=$SCALING_GROUP" \
    "InstanceIds.member.1=$INSTANCE_ID" ProtectedFromScaleIn=false
}
