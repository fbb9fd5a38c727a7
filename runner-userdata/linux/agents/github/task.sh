#!/usr/bin/env bash
# How the runner, and with it its job, is started: as the user that jobs run as, in its own scope.

TASK_STARTER=/usr/local/lib/runner-scaler/task
SYSTEM_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# The runner writes its config beside its programs. Those belong to root, and the sticky folder keeps a job from
# replacing them. _work is the runner's default, and workdir what the proof asks for.
prepare_tasks() {
  local home=$ROOT$JOB_HOME
  mkdir -p "$home/_work" "$home/_diag" "$ROOT${TASK_STARTER%/*}"
  chown --no-dereference "root:$(id -g "$JOB_USER")" "$home"
  chmod 1775 "$home"
  chown --recursive --no-dereference "$JOB_USER:" "$home/_work" "$home/_diag"
  ln --force --symbolic --no-dereference _work "$home/workdir"
  write_task_starter
}

# as_task COMMAND...: prints the command line that runs COMMAND as tasks are run, without the runner's config.
as_task() {
  printf '%s' "$TASK_STARTER --prove $*"
}

# Replaces itself with the command, so signals and the exit status are the command's own. The config is passed in
# the environment, which only root and the job's own user can read, and never as an argument. The job gets the
# variables of /etc/environment, and the image's cache of tools. When memory runs out, the kernel first kills the
# job's steps, which the runner itself sets to 500. At a power-off the scope stops after the agent's unit.
write_task_starter() {
  local policy='' version home
  version=$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
  # Before 253, systemd has no such policy for scopes, and the death of one process ends no other.
  ((${version:-0} < 253)) || policy='--property=OOMPolicy=continue'
  IFS=: read -r _ _ _ _ _ home _ < <(getent passwd "$JOB_USER") || :
  cat >"$ROOT$TASK_STARTER" <<EOF
#!/bin/bash
name=runner-scaler-task-\$\$ score=400 config=''
if [[ \$1 == --prove ]]; then
  shift
  name=runner-scaler-proof-\$\$ score=500
else
  config=\$(<$AGENT_CONFIG) || exit
fi
echo "\$score" >/proc/\$\$/oom_score_adj
for variable in \$(compgen -e); do unset "\$variable"; done
export PATH=$SYSTEM_PATH HOME=${home:-/home/$JOB_USER} USER=$JOB_USER LOGNAME=$JOB_USER SHELL=/bin/bash
pattern='^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)=("([^"]*)"|'"'([^']*)'"'|(.*))[[:space:]]*\$'
while IFS= read -r line || [[ -n \$line ]]; do
  [[ ! \$line =~ \$pattern ]] || export "\${BASH_REMATCH[2]}=\${BASH_REMATCH[4]}\${BASH_REMATCH[5]}\${BASH_REMATCH[6]}"
done 2>/dev/null </etc/environment
[[ -n \${AGENT_TOOLSDIRECTORY:-}\${RUNNER_TOOL_CACHE:-} || ! -d /opt/hostedtoolcache ]] ||
  export AGENT_TOOLSDIRECTORY=/opt/hostedtoolcache
export ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE=1
[[ -z \$config ]] || export ACTIONS_RUNNER_INPUT_JITCONFIG=\$config
exec systemd-run --scope --quiet --collect --unit="\$name" \\
  --property=Before=runner-scaler-agent.service --property=KillSignal=SIGKILL \\
  --property=TimeoutStopSec=5 --property=TasksMax=50% $policy -- \\
  setpriv --reuid=$JOB_USER --regid="\$(id -g $JOB_USER)" --init-groups --inh-caps=-all -- \\
  /bin/bash -c 'cd "\$0" && exec "\$@"' $JOB_HOME "\$@"
EOF
  chmod 0755 "$ROOT$TASK_STARTER"
}
