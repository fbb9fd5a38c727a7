#!/usr/bin/env bash
# What the starters of tasks, which each agent has one of, do alike for tasks that are processes of the machine.

# Prints the part of a starter that finds, for the task called $name, the variables of /etc/environment and the
# command that puts it in its own scope.
#
# At a power-off the scope stops after the agent, because it is ordered before it. When memory runs out, the
# kernel kills the task's processes first. What a task leaves behind can be killed as one scope.
task_scope() {
  local policy='' version
  version=$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
  # Before 253, systemd has no such policy for scopes, and the death of one process ends no other.
  ((${version:-0} < 253)) || policy='--property=OOMPolicy=continue'
  cat <<EOF
echo 500 >/proc/\$\$/oom_score_adj
variables=()
pattern='^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)=("([^"]*)"|'"'([^']*)'"'|(.*))[[:space:]]*\$'
while IFS= read -r line || [[ -n \$line ]]; do
  [[ \$line =~ \$pattern ]] || continue
  variables+=("\${BASH_REMATCH[2]}=\${BASH_REMATCH[4]}\${BASH_REMATCH[5]}\${BASH_REMATCH[6]}")
done 2>/dev/null </etc/environment
scope=(systemd-run --scope --quiet --collect --unit="\$name"
  --property=Before=runner-scaler-agent.service --property=KillSignal=SIGKILL
  --property=TimeoutStopSec=5 --property=TasksMax=50% $policy --)
EOF
}
