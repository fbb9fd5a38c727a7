#!/usr/bin/env bash
# How CircleCI's agent starts a task: with a command prefix, which runs it as another user than the agent and in
# its own scope.

TASK_PREFIX=/usr/local/lib/runner-scaler/task

prepare_tasks() {
  make_job_home
  write_task_prefix
}

# The agent's own files in it belong to root, including those that an image brings.
make_job_home() {
  mkdir -p "$ROOT$JOB_HOME/workdir" "$ROOT$JOB_HOME/task-agent"
  chown --no-dereference root: "$ROOT$JOB_HOME"
  chown --recursive --no-dereference root: "$ROOT$JOB_HOME/task-agent"
  chmod --recursive go-w "$ROOT$JOB_HOME/task-agent"
  chmod 0755 "$ROOT$JOB_HOME" "$ROOT$JOB_HOME/task-agent"
  chown "$JOB_USER:" "$ROOT$JOB_HOME/workdir"
}

# as_task COMMAND...: prints the command line that runs COMMAND as tasks are run, without counting as one.
as_task() {
  printf '%s' "$TASK_PREFIX --prove $*"
}

# The prefix replaces itself with the task, so signals and the exit status are the task's own.
#
# sudo, su and runuser are not used: their PAM session would move the task to a scope that systemd stops first
# at a power-off, and their process would stand between the agent and the task. The task gets the variables
# of /etc/environment and of a login shell, whatever shell the image gave the user.
write_task_prefix() {
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
$(task_scope)
exec "\${scope[@]}" \\
  setpriv --reuid=$JOB_USER --regid="\$(id -g $JOB_USER)" --init-groups --inh-caps=-all --reset-env -- \\
  env SHELL=/bin/bash "\${variables[@]}" /bin/bash -lc 'cd; exec "\$@"' bash "\$@"
EOF
  chmod 0755 "$ROOT$TASK_PREFIX"
}
