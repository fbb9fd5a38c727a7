#!/usr/bin/env bash
# The units of systemd. None of them restarts anything, and only the one against reboots is enabled.

write_units() {
  mkdir -p "$UNIT_DIR/poweroff.target.d"
  write_agent_unit >"$UNIT_DIR/runner-scaler-agent.service"
  write_task_unit >"$UNIT_DIR/runner-scaler-task@.service"
  write_rebooted_unit >"$UNIT_DIR/runner-scaler-rebooted.service"
  write_poweroff_limit >"$UNIT_DIR/poweroff.target.d/runner-scaler.conf"
  systemctl daemon-reload
}

# KillMode: a stop signals the agent alone, which then drains: it claims nothing more and lets its
# task end, or hands it back (enable_unsafe_retries). TimeoutStopSec: a drain may last as long as a
# task. RuntimeMaxSec: beyond the agent's own limits, so it is only for an agent that hangs.
# OOMPolicy: a task that runs out of memory fails alone; by default systemd would stop the agent too.
# OOMScoreAdjust: tasks inherit it, so the kernel takes the largest process of the job.
# ExecStopPost runs however the agent ended, also when it could not be started.
write_agent_unit() {
  cat <<EOF
[Unit]
Description=CircleCI runner: takes one task, then this machine ends
Wants=network-online.target
After=network-online.target
SuccessAction=poweroff
FailureAction=poweroff

[Service]
Type=exec
User=root
ExecStart=$AGENT machine --config $AGENT_CONFIG
ExecStopPost=/usr/bin/timeout --kill-after=5 120 $SELF end "the agent has exited"
Restart=no
KillMode=mixed
TimeoutStopSec=$((MAX_RUN_TIME + 120))
RuntimeMaxSec=$((IDLE_TIMEOUT + MAX_RUN_TIME + 600))
OOMPolicy=continue
OOMScoreAdjust=-500
EOF
}

# Started by the task's prefix, with its process for an instance name.
write_task_unit() {
  cat <<EOF
[Unit]
Description=Says when the task of process %i has ended

[Service]
Type=exec
ExecStart=$SELF watch-task %i
RuntimeMaxSec=$((MAX_RUN_TIME + 900))
EOF
}

# cloud-init runs user data once per instance: after a reboot nothing would start an agent. /run is
# empty after one, so the condition holds back the unit on the first boot only.
write_rebooted_unit() {
  cat <<EOF
[Unit]
Description=Ends this machine after a reboot
Wants=network-online.target
After=network-online.target
ConditionPathExists=!/run/runner-scaler
SuccessAction=poweroff
FailureAction=poweroff-force

[Service]
Type=oneshot
ExecStart=$SELF end "the machine was rebooted"
TimeoutStartSec=180

[Install]
WantedBy=multi-user.target
EOF
}

# A service that will not stop may hold up an orderly shutdown for two minutes, then it is forced.
write_poweroff_limit() {
  cat <<EOF
[Unit]
JobTimeoutSec=120
JobTimeoutAction=poweroff-force
EOF
}
