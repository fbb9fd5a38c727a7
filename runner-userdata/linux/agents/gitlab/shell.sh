#!/usr/bin/env bash
# The executor `shell`: jobs run as a user of the machine.

# The agent finds this `su` first. PAM's would move the job to a session that systemd stops first at a power-off.
SU=/usr/local/lib/runner-scaler/bin/su
# It asks again twice before it sleeps, and may have a job by now.
AGENT_REFUSED_SIGNAL=QUIT
SYSTEM_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Debian's .bash_logout fails where there is no terminal, and with it each part of a job, which is a login shell.
# https://docs.gitlab.com/runner/faq/#job-failed-system-failure-preparing-environment
prepare_tasks() {
  local home
  install -d --mode=0755 "$ROOT$JOB_HOME" "$ROOT$JOB_HOME/workdir" "$ROOT${SU%/*}"
  chown --no-dereference root: "$ROOT$JOB_HOME"
  chown "$JOB_USER:" "$ROOT$JOB_HOME/workdir"
  IFS=: read -r _ _ _ _ _ home _ < <(getent passwd "$JOB_USER") || :
  rm -f "$ROOT${home:-/home/$JOB_USER}/.bash_logout"
  write_job_unit
  write_su
}

# `run-single` cannot run jobs as another user. `run` has no limit of jobs and no idle timeout: the watch of the
# job ends it.
agent_command() {
  printf '%s' "$AGENT run --config $AGENT_CONFIG --user $JOB_USER --working-directory $JOB_HOME/workdir"
}

executor_unit_settings() {
  printf 'Environment=PATH=%s:%s\n' "${SU%/*}" "$SYSTEM_PATH"
}

executor_config() {
  cat <<EOF
  executor = "shell"
  shell = "bash"
  builds_dir = "$JOB_HOME/workdir/builds"
  cache_dir = "$JOB_HOME/workdir/cache"
EOF
}

# The agent finishes what it has claimed, so it may be told as soon as it has a job, and at any time without one.
must_quit() {
  [[ -e $RUN_DIR/task ]] || is_idle
}

# as_task COMMAND...: prints the command line that runs COMMAND as tasks are run.
as_task() {
  printf '%s' "$SU --prove -s /bin/bash $JOB_USER -c $*"
}

# GitLab Runner calls it as `su -s /bin/bash USER -c COMMAND` for each part of a job. It replaces itself with the
# command, so signals and the exit status are the job's own. The job gets the variables of a login shell and
# none of the agent's; its own come with the script. While the machine stops, systemd makes no new scope: a later part
# of a job that drains runs beside the agent.
write_su() {
  cat >"$ROOT$SU" <<EOF
#!/bin/bash
name=runner-scaler-task-\$\$
if [[ \$1 == --prove ]]; then
  shift
  name=runner-scaler-proof-\$\$
fi
command=\${*:5}
$(task_scope)
[[ \$(systemctl is-system-running) != stopping ]] || scope=()
exec "\${scope[@]}" \\
  setpriv --reuid=$JOB_USER --regid="\$(id -g $JOB_USER)" --init-groups --inh-caps=-all --reset-env -- \\
  env SHELL=/bin/bash "\${variables[@]}" /bin/bash -c "\$command"
EOF
  chmod 0755 "$ROOT$SU"
}
