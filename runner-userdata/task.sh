#!/usr/bin/env bash
# The task runs as another user than the agent, and the machine says when it has ended, before the
# agent has cleaned up and the machine ends: the scaler counts the runner out at once, and looks for
# the work that the end of a task releases. Nothing depends on it: unsaid, the end of the machine tells.

# What the agent starts the task with. It becomes the task, so that signals and the exit status are
# the task's own; a unit of its own watches the process, and outlives the agent.
write_task_prefix() {
  install -d "$ROOT${TASK_PREFIX%/*}"
  cat >"$ROOT$TASK_PREFIX" <<EOF
#!/usr/bin/env bash
systemctl --no-block start "runner-scaler-task@\$\$.service" >/dev/null 2>&1 || true
exec sudo -niHu $JOB_USER -- "\$@"
EOF
  chmod 0755 "$ROOT$TASK_PREFIX"
}

# tell_task_end PROCESS: says that the task has ended, once its process has.
tell_task_end() {
  tail --pid="$1" --sleep-interval=0.5 --follow /dev/null
  say 'the task has ended'
  retry 2 read_identity ||
    die 'the metadata service does not answer: nobody is told that the task has ended'
  retry 2 give_up_protection ||
    say "the group does not know that the task has ended: $(explain)"
  [[ -z $EVENT_SOURCE ]] || retry 2 put_task_ended ||
    say "the scaler is not told that the task has ended: $(explain)"
}

# Of a machine in service this is visible to the scaler, and the group would choose it first.
give_up_protection() {
  autoscaling SetInstanceProtection "AutoScalingGroupName=$SCALING_GROUP" \
    "InstanceIds.member.1=$INSTANCE_ID" ProtectedFromScaleIn=false
}

# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
# An entry that was not taken is counted in an answer of status 200.
put_task_ended() {
  call_aws events --header 'Content-Type: application/x-amz-json-1.1' \
    --header 'X-Amz-Target: AWSEvents.PutEvents' \
    --data "{\"Entries\":[{\"Source\":\"$EVENT_SOURCE\",\"DetailType\":\"$EVENT_TYPE\",\"Detail\":\"{\\\"instance-id\\\":\\\"$INSTANCE_ID\\\"}\"}]}" &&
    [[ $ANSWER =~ \"FailedEntryCount\"[[:space:]]*:[[:space:]]*0 ]]
}
