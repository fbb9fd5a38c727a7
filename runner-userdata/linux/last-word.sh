#!/usr/bin/env bash
# What the machine reports to the scaler: that its task has ended, and how the machine itself ended. These are
# EventBridge events with a source that only this resource class may use. Nothing waits for them.

# put_event TYPE DETAIL: DETAIL is a JSON object. The answer to a rejected entry also has status 200, and counts it.
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
put_event() {
  json_call events AWSEvents.PutEvents --data "$(
    printf '{"Entries":[{"Source":"%s","DetailType":"%s","Detail":"%s"}]}' \
      "$(json_text "$EVENT_SOURCE")" "$1" "$(json_text "$2")"
  )" && [[ $ANSWER =~ \"FailedEntryCount\"[[:space:]]*:[[:space:]]*0 ]]
}

put_task_ended() {
  put_event "$TASK_ENDED_TYPE" "{\"instance-id\":\"$INSTANCE_ID\"}"
}

# tell_last_word OUTCOME REASON: once more after some seconds, where the network or the clock may be better by then.
tell_last_word() {
  phase life "$(now)"
  put_last_word "$@" || { may_work_later && pause 4 && put_last_word "$@"; }
}

put_last_word() {
  local name seconds phases='' CALL_SECONDS=2
  while read -r name seconds; do
    phases+=",\"$name\":$seconds"
  done <"$STATE_DIR/phases"
  put_event "$RUNNER_ENDED_TYPE" "$(
    printf '{"instance-id":"%s","outcome":"%s","reason":"%s","phases":{%s}}' \
      "$INSTANCE_ID" "$1" "$(json_text "${2:0:500}")" "${phases#,}"
  )"
}
