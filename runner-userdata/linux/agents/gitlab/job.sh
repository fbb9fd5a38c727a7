#!/usr/bin/env bash
# The job, as the agent's log shows it. GitLab Runner always ends with status 0, has no hook on the machine, and
# a job of the shell executor or of Docker is many processes one after another. What it logs when it has claimed a
# job has been the same since its first versions, and no job can write to that log.

JOB_CLAIMED='Checking for jobs... received'
JOB_REFUSED='Checking for jobs... forbidden'

# Ordered before the agent, so that at a power-off it stops after it.
write_job_unit() {
  cat >"$UNIT_DIR/runner-scaler-job.service" <<EOF
[Unit]
Description=Watches for the job of the agent
Before=runner-scaler-agent.service

[Service]
Type=exec
ExecStart=$SELF watch-job
OOMScoreAdjust=-500
EOF
  systemctl daemon-reload
}

# This process stands for the task (task.sh): it ends when the job has ended. If the log cannot be followed for a
# moment, it is read again from its start.
watch_job() {
  local line status journal='' quit=no
  while :; do
    exec {journal}< <(exec journalctl --quiet --follow --lines=all --output=cat \
      --unit=runner-scaler-agent.service 2>/dev/null)
    while :; do
      status=0
      IFS= read -r -t 5 line <&"$journal" || status=$?
      if ((status == 0)); then
        [[ $line != *"$JOB_CLAIMED"* ]] || job_claimed
        [[ $line != *"$JOB_REFUSED"* ]] || agent_refused
        if [[ -e $RUN_DIR/task ]] && job_over "$line"; then return; fi
      fi
      if [[ $quit == no ]] && must_quit && signal_agent "$AGENT_DRAIN_SIGNAL"; then quit=yes; fi
      ((status == 0 || status > 128)) || break
    done
    exec {journal}<&-
    sleep 1
  done
}

job_claimed() {
  [[ ! -e $RUN_DIR/task ]] || return 0
  printf '%s %s\n' "$$" "$(now)" >"$RUN_DIR/task"
  say 'the agent has claimed a job'
  systemctl --no-block start "runner-scaler-task@$$.service"
}

# job_over LINES
job_over() {
  [[ $1 == *'Job succeeded'* || $1 == *'Job failed'* ]]
}

# Whether the agent has been without a job for too long.
is_idle() {
  local started
  started=$(cat "$RUN_DIR/agent-started" 2>/dev/null) &&
    (($(now) - started >= IDLE_TIMEOUT * 1000))
}

# After a refusal the agent sleeps, for five minutes or for an hour. Without a job it has nothing to finish.
agent_refused() {
  [[ ! -e $RUN_DIR/task && ! -e $RUN_DIR/agent-error ]] || return 0
  note_refusal
  say 'GitLab refuses the agent: ending it'
  signal_agent "$AGENT_REFUSED_SIGNAL"
}

# The machine ends with these words.
note_refusal() {
  printf '%s' "GitLab at $GITLAB_URL refuses to give this runner jobs; see that the runner exists there, and fill" \
    " the secret ${TOKEN_SECRET:-$TOKEN_SECRET_PREFIX$ROLE} with its token" >"$RUN_DIR/agent-error"
}

# signal_agent SIGNAL
signal_agent() {
  local process
  process=$(systemctl show --property=MainPID --value runner-scaler-agent.service)
  # To `kill`, 0 is this process and all beside it.
  ((${process:-0} > 1)) && kill "-$1" "$process"
}

# Runs when the agent has ended, however it did, and before the end of the machine asks what became of the task:
# the watch may be some lines behind. An agent that ended in order has ended its job.
job_ended() {
  local lines
  timeout 5 journalctl --sync
  lines=$(timeout 10 journalctl --quiet --output=cat --unit=runner-scaler-agent.service)
  if [[ ! -e $RUN_DIR/task && $lines == *"$JOB_CLAIMED"* ]]; then
    # The process that always runs stands for a task that nobody has watched.
    printf '1 %s\n' "$(now)" >"$RUN_DIR/task"
  fi
  # Who had a job was refused a second one, if anything.
  [[ ! -e $RUN_DIR/task ]] || rm -f "$RUN_DIR/agent-error"
  if [[ -e $RUN_DIR/task && ! -e $RUN_DIR/task-ended ]] &&
    { [[ ${EXIT_CODE:-}:${EXIT_STATUS:-} == exited:0 ]] || job_over "$lines"; }; then
    now >"$RUN_DIR/task-ended"
  fi
  [[ -e $RUN_DIR/task || $lines != *"$JOB_REFUSED"* ]] || note_refusal
  forget_manager
}

# GitLab lists each machine as a manager of the runner for a week. Nothing waits for this.
# With a runner authentication token it deletes the manager and not the runner.
forget_manager() {
  timeout 10 "$ROOT$AGENT" unregister --config "$ROOT$AGENT_CONFIG" --name "${RUNNER_NAME:-}" \
    >/dev/null 2>&1 </dev/null &
}
