#!/usr/bin/env bash
# Keeps the logs of the boot and the agent after the machine has ended, where the class is configured so.

# Sends the last lines of both logs, as many as one call takes.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
ship_logs() {
  local file=$RUN_DIR/log-events
  {
    tail --lines=2000 "$LOG_FILE"
    journalctl --quiet --unit=runner-scaler-agent --output=short-unix --lines=5000
  } 2>/dev/null | python3 -ISc '
import calendar, json, re, sys, time
events, size, at = [], 0, int(time.time() * 1000)
for line in sys.stdin.buffer.read().decode("utf-8", "replace").splitlines():
    stamp, _, rest = line.partition(" ")
    try:
        if stamp.endswith("Z"):
            at = calendar.timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ")) * 1000
        else:
            at = int(float(stamp) * 1000)
    except ValueError:
        rest = line
    if rest.strip():
        events.append({"timestamp": at, "message": rest[:4000]})
events.sort(key=lambda event: event["timestamp"])
events = [event for event in events if event["timestamp"] > events[-1]["timestamp"] - 86400000]
while sum(len(event["message"].encode()) + 26 for event in events) > 900000:
    del events[: len(events) // 8 + 1]
json.dump({"logGroupName": sys.argv[1], "logStreamName": sys.argv[2], "logEvents": events}, sys.stdout)
' "$LOG_GROUP" "$INSTANCE_ID" >"$file" || return
  json_call logs Logs_20140328.CreateLogStream \
    --data "{\"logGroupName\":\"$LOG_GROUP\",\"logStreamName\":\"$INSTANCE_ID\"}" ||
    [[ $ANSWER == *ResourceAlreadyExists* ]] || return
  json_call logs Logs_20140328.PutLogEvents --data-binary "@$file"
}
