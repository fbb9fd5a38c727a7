#!/usr/bin/env bash
# The task runs as another user than the agent, in a scope of its own, and the machine says when it has
# ended, before the agent has cleaned up and the machine ends: the scaler counts the runner out at once,
# and looks for the work that the end of a task releases. Nothing depends on it: unsaid, the end of the
# machine tells.

# What the agent starts the task with. It becomes the task, so that signals and the exit status are the
# task's own.
#
# Not by sudo, su or runuser: their PAM session would move the task to a scope that systemd stops first
# when the machine powers off, and their process stands between the agent and the task. The user's
# variables are those of /etc/environment and of a login shell, whatever shell the image gave the user.
#
# The scope is stopped after the agent, which it comes before; the kernel takes the task's processes
# rather than any other when memory runs out; and what the task leaves behind is one thing to kill.
write_task_prefix() {
  local policy='' version
  version=$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
  # Older ones know no policy for scopes: there the death of one process ends no other.
  ((${version:-0} < 253)) || policy='--property=OOMPolicy=continue'
  install -d "$ROOT${TASK_PREFIX%/*}"
  cat >"$ROOT$TASK_PREFIX" <<EOF
#!/bin/bash
name=runner-scaler-task-\$\$
if [[ \$1 == --prove ]]; then
  shift
  name=runner-scaler-proof-\$\$
else
  read -r up _ </proc/uptime
  printf '%s %s0\\n' \$\$ "\${up/./}" >$RUN/task
  systemctl --no-block start "runner-scaler-task@\$\$.service" >/dev/null 2>&1
fi
echo 500 >/proc/\$\$/oom_score_adj
variables=()
pattern='^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)=("([^"]*)"|'"'([^']*)'"'|(.*))[[:space:]]*\$'
while IFS= read -r line || [[ -n \$line ]]; do
  [[ \$line =~ \$pattern ]] || continue
  variables+=("\${BASH_REMATCH[2]}=\${BASH_REMATCH[4]}\${BASH_REMATCH[5]}\${BASH_REMATCH[6]}")
done 2>/dev/null </etc/environment
exec systemd-run --scope --quiet --collect --unit="\$name" \\
  --property=Before=runner-scaler-agent.service --property=KillSignal=SIGKILL \\
  --property=TimeoutStopSec=5 --property=TasksMax=50% $policy -- \\
  setpriv --reuid=$JOB_USER --regid="\$(id -g $JOB_USER)" --init-groups --inh-caps=-all --reset-env -- \\
  env SHELL=/bin/bash "\${variables[@]}" /bin/bash -lc 'cd; exec "\$@"' bash "\$@"
EOF
  chmod 0755 "$ROOT$TASK_PREFIX"
}

# What is run as a task to prove what tasks will use: the user, the folders, the closed metadata address.
# It says what is wrong. curl's 7 is a refused connection, 28 silence; any answer at all is a failure, and
# so is a test that could not be made.
write_proof() {
  cat >"$ROOT$PROOF" <<'EOF'
#!/bin/bash
[[ $(id -u) != 0 && $(id -un) == "$1" ]] || echo "it runs as $(id -un), not as $1"
grep -q runner-scaler-proof- /proc/self/cgroup || echo "it is not in its own scope"
[[ $(</proc/self/oom_score_adj) -ge 500 ]] || echo "the kernel would not take it first when memory runs out"
[[ -w $HOME ]] || echo "it cannot write to its home $HOME"
[[ -w $2/workdir ]] || echo "it cannot write to $2/workdir"
[[ ! -r $3 ]] || echo "it can read $3"
for url in "$4" "$5"; do
  curl --noproxy "*" --globoff --silent --output /dev/null --max-time 3 "$url/latest/meta-data/"
  status=$?
  ((status == 7 || status == 28)) || echo "the metadata address $url is not closed to it (curl ended with $status)"
done
EOF
  chmod 0755 "$ROOT$PROOF"
}

# By the prefix, executed by systemd as the agent will execute it: nothing forgives a file that is none.
prove_task() {
  local said
  say 'proving what the task will use'
  said=$(
    systemctl start runner-scaler-proof.service || echo 'the task prefix cannot be executed'
    cat "$RUN_DIR/proof" 2>&1
  ) || :
  [[ -z $said ]] || die "a task would not run as it must: ${said//$'\n'/; }"
}

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

# tell_task_end PROCESS: says that the task has ended, once its process has.
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

# Of a machine in service this is visible to the scaler, and the group would choose it first.
give_up_protection() {
  autoscaling SetInstanceProtection "AutoScalingGroupName=$SCALING_GROUP" \
    "InstanceIds.member.1=$INSTANCE_ID" ProtectedFromScaleIn=false
}
