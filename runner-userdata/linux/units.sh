#!/usr/bin/env bash
# The systemd units. None of them restarts anything, and only the one for reboots is enabled.

write_units() {
  mkdir -p "$UNIT_DIR/poweroff.target.d" "$UNIT_DIR/multi-user.target.wants" "$ROOT/etc/systemd/system.conf.d"
  write_boot_unit >"$UNIT_DIR/runner-scaler-boot.service"
  write_agent_unit >"$UNIT_DIR/runner-scaler-agent.service"
  write_proof_unit >"$UNIT_DIR/runner-scaler-proof.service"
  write_task_unit >"$UNIT_DIR/runner-scaler-task@.service"
  write_interruption_unit >"$UNIT_DIR/runner-scaler-interruption.service"
  write_rebooted_unit >"$UNIT_DIR/runner-scaler-rebooted.service"
  ln -sf ../runner-scaler-rebooted.service "$UNIT_DIR/multi-user.target.wants/"
  write_poweroff_limit >"$UNIT_DIR/poweroff.target.d/runner-scaler.conf"
  write_stop_limit >"$ROOT/etc/systemd/system.conf.d/runner-scaler.conf"
  systemctl daemon-reload
}

# The boot is a unit, so that it has a time limit, is killed as a whole, and ends in order whatever stops it: a
# failure, a signal, a power-off. It stays active, so that what a boot script started keeps running.
# KillSignal: nothing in a boot that has to end is worth waiting for.
write_boot_unit() {
  cat <<EOF
[Unit]
Description=Makes this machine a runner
Wants=network-online.target
After=network-online.target nss-lookup.target
FailureAction=poweroff

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=$SELF boot
ExecStopPost=$SELF boot-ended
TimeoutStartSec=$BOOT_TIMEOUT
TimeoutStopSec=$((LEAVE_LIMIT + 60))
KillSignal=SIGKILL
IgnoreSIGPIPE=no
OOMScoreAdjust=-500
EOF
}

# A stop drains (drain.sh); the rest of TimeoutStopSec is for leaving the group. RuntimeMaxSec is longer than
# the agent's own limits, so it only ends an agent that hangs. ExecStopPost runs however the agent ended,
# also when it could not be started.
write_agent_unit() {
  cat <<EOF
[Unit]
Description=$AGENT_NAME: takes one task, then this machine ends
Wants=network-online.target
After=network-online.target nss-lookup.target
SuccessAction=poweroff
FailureAction=poweroff

[Service]
Type=exec
ExecStart=$(agent_command)
ExecStop=$SELF drain \$MAINPID
Restart=no
TimeoutStopSec=$((DRAIN_TIMEOUT + LEAVE_LIMIT + 60))
RuntimeMaxSec=$((IDLE_TIMEOUT + MAX_RUN_TIME + 600))
$(agent_unit_settings)
[Service]
ExecStopPost=$SELF agent-ended
EOF
}

# Like the agent's unit in all that a task inherits from it.
write_proof_unit() {
  cat <<EOF
[Unit]
Description=Proves what the task will use

[Service]
Type=oneshot
ExecStart=$(as_task "$PROOF $JOB_USER $JOB_HOME $AGENT_CONFIG $IMDS_URL $IMDS_URL_IPV6")
StandardOutput=file:$RUN/proof
StandardError=file:$RUN/proof
TimeoutStartSec=60
OOMScoreAdjust=-500
EOF
}

# Started with the task; the instance name is the id of the task's process.
write_task_unit() {
  cat <<EOF
[Unit]
Description=Says when the task of process %i has ended

[Service]
Type=exec
ExecStart=$SELF watch-task %i
RuntimeMaxSec=$((MAX_RUN_TIME + 900))
OOMScoreAdjust=-500
EOF
}

write_interruption_unit() {
  cat <<EOF
[Unit]
Description=Watches for the notice that AWS takes this machine back

[Service]
Type=exec
ExecStart=$SELF watch-interruption
OOMScoreAdjust=-500
EOF
}

# cloud-init runs user data once per instance, so nothing would start an agent after a reboot. /run is empty
# then, so the condition keeps this unit from running in the first boot only.
write_rebooted_unit() {
  cat <<EOF
[Unit]
Description=Ends this machine after a reboot
Wants=network-online.target
After=network-online.target nss-lookup.target
ConditionPathExists=!$RUN
SuccessAction=poweroff
FailureAction=poweroff-force

[Service]
Type=oneshot
ExecStart=$SELF rebooted
TimeoutStartSec=$((LEAVE_LIMIT + 60))

[Install]
WantedBy=multi-user.target
EOF
}

# How long an orderly shutdown may take before it is forced: the drain, leaving the group, and a minute for what
# else the image runs.
write_poweroff_limit() {
  cat <<EOF
[Unit]
JobTimeoutSec=$((DRAIN_TIMEOUT + LEAVE_LIMIT + 120))
JobTimeoutAction=poweroff-force
EOF
}

# For services of the image that do not stop, and for processes that ignore the last signals: a forced shutdown
# waits for those as well. The default of 90 s suits machines that are used again.
write_stop_limit() {
  cat <<EOF
[Manager]
DefaultTimeoutStopSec=15s
EOF
}
