#!/usr/bin/env bash
# The runner under watch. The runner is two programs: Runner.Listener waits for a job, and starts Runner.Worker for
# it. It has no idle timeout, and a signal cancels the job that it has, so root watches it from outside.

WORKER=$JOB_HOME/bin/Runner.Worker

# Seconds from GitHub's word that it has deleted the runner to its end. A job that GitHub had given to the runner
# before is started by then.
RETIRE_SECONDS=10

# Seconds for which a runner without a job, which has been told to stop, waits for GitHub's word.
UNANSWERED_SECONDS=60

# Seconds for which a runner may clean up after its job.
CLEAN_UP_SECONDS=300

# The command of the agent's unit. Its exit status is the runner's:
# 0 done, 1 failed, 2 start again, 3 and 4 updating, 5 another session, 6 start again, 7 too old.
# https://github.com/actions/runner/blob/main/src/Runner.Common/Constants.cs
run_agent() {
  local status told='' agent worker='' stopped='' tries=0 ask_at=0 idle_at
  read_uptime
  idle_at=$((UPTIME + IDLE_TIMEOUT))
  trap 'told=yes ask_at=0' TERM
  while :; do
    start_listener
    watch_listener
    wait "$agent"
    status=$?
    if [[ ! $status =~ ^[26]$ || -n $worker || -n $told ]] || ((++tries > 5)); then break; fi
    say "the runner ended and is started again (exit code $status)"
    pause $((2 ** tries))
  done
  [[ -n $worker ]] || case $status in
    # Without a job, and unless it is told to, it does not end so: its job was shorter than the look at it.
    0) [[ -n $stopped ]] || {
      printf '1 %s\n' "$(now)" >"$RUN_DIR/task"
      now >"$RUN_DIR/task-ended"
    } ;;
    5) agent_failed 'GitHub has another session of this runner (exit code 5)' ;;
    7) agent_failed 'GitHub serves this version of the runner no longer (exit code 7); pin no version, or a newer one' ;;
  esac
  exec >&- 2>&-
  wait "$LOG_WRITER"
  exit "$status"
}

agent_failed() {
  printf '%s' "$1" >"$RUN_DIR/agent-error"
}

# To the journal, not to this script's log. In the background, bash ignores two signals, which a job would inherit.
start_listener() {
  env --default-signal=PIPE,INT,QUIT "$ROOT$TASK_STARTER" "$LISTENER" run </dev/null >&9 2>&9 9>&- &
  agent=$!
}

# Sets worker when the job starts.
watch_listener() {
  local removed='' unanswered='' ended='' task_until=0
  while kill -0 "$agent" 2>/dev/null; do
    sleep 0.5
    read_uptime
    if [[ -n $worker ]]; then
      if [[ -n $ended ]] || ! kill -0 "$worker" 2>/dev/null; then
        ended=${ended:-$UPTIME}
        ((UPTIME - ended < CLEAN_UP_SECONDS)) || end_listener 'it has not ended after its job'
      elif ((task_until > 0 && UPTIME >= task_until)); then
        say "the task is cancelled: it has taken $MAX_RUN_TIME s, the limit"
        kill -TERM "$agent"
        task_until=0
      fi
    elif worker=$(find_worker); then
      task_until=$((UPTIME + MAX_RUN_TIME))
      task_started
    elif [[ -n $removed ]]; then
      ((UPTIME - removed < RETIRE_SECONDS)) || end_idle 'it has no job, and GitHub has deleted it'
    elif ((UPTIME >= ask_at)) && { [[ -n $told ]] || ((UPTIME >= idle_at)); }; then
      retire
      case $? in
        0) removed=yes ;;
        1) unanswered='' ;;
        *) unanswered=${unanswered:-$UPTIME} ;;
      esac
      read_uptime
      [[ -z $removed ]] || removed=$UPTIME
      ask_at=$((UPTIME + 60))
      [[ -n $told ]] || continue
      ask_at=$((UPTIME + 5))
      [[ -z $unanswered ]] || ((UPTIME - unanswered < UNANSWERED_SECONDS)) ||
        end_idle "it has no job, and for $UNANSWERED_SECONDS s it was not known whether GitHub has deleted it"
    fi
  done
}

# A job can name a process of its own Runner.Worker, but cannot change that file, nor whose child the process is.
find_worker() {
  local child
  for child in $(pgrep --parent "$agent"); do
    if [[ /proc/$child/exe -ef $ROOT$WORKER ]]; then
      printf '%s' "$child"
      return
    fi
  done
  return 1
}

task_started() {
  printf '%s %s\n' "$worker" "$(now)" >"$RUN_DIR/task"
  say 'the runner has a job'
  systemctl --no-block start "runner-scaler-task@$worker.service"
}

# Whether GitHub has deleted the runner, which it refuses while it counts it as busy: 1 then, 2 if that is not known.
retire() {
  local outcome=unknown CALL_SECONDS=15
  say 'the runner has no job: asking GitHub to delete it'
  if read_identity && ask_registrar retire '{}'; then
    outcome=$(plain_text outcome "$ANSWER") || outcome=unknown
  fi
  case $outcome in
    removed) return 0 ;;
    busy) say 'GitHub says that the runner is busy: it stays' && return 1 ;;
  esac
  say "it is not known whether the runner may end, so it stays: $(explain)"
  return 2
}

# end_idle REASON: a job can start between a look and the signal, which would cancel it. So this is the last look, and a
# stopped listener starts nothing. A child may not be the worker yet: the next look tells.
end_idle() {
  kill -STOP "$agent"
  sleep 0.1
  if pgrep --parent "$agent" >/dev/null; then
    kill -CONT "$agent"
  else
    end_listener "$1"
  fi
}

# end_listener REASON
end_listener() {
  say "ending the runner: $1"
  stopped=yes
  kill -TERM "$agent"
  kill -CONT "$agent"
  wait_for "$agent" 15 || kill -KILL "$agent"
}

# Runs when the agent's unit has ended, however it did: nothing of the runner may live on and take a job. A job that
# still runs is lost, and GitHub notices after some minutes.
job_ended() {
  ! task_runs || agent_failed "the agent ended while its task was running ($(how_it_ended))"
  systemctl kill --signal=KILL 'runner-scaler-task-*.scope' 2>/dev/null
}
