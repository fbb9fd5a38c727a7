#!/usr/bin/env bash
# GitHub's runner. The registrar, a function of the stack, registers this machine and answers with a just-in-time
# config, which is good for one job. How the runner is started is in task.sh beside this file; how its job is
# noticed, and how it ends, in job.sh.

AGENT_NAME='GitHub Actions runner'
AGENT_CONFIG=/etc/runner-scaler/jitconfig
# Told to the process that watches the runner, which does not tell a runner with a job: that would cancel the job.
AGENT_STOP_SIGNAL=TERM
AGENT_DRAIN_SIGNAL=''
# As on GitHub's own machines, and where most images have the runner.
JOB_USER=runner
JOB_HOME=/opt/actions-runner
# A runner that was configured as a service has the names of its owner and of itself in the name of its unit.
OTHER_AGENTS=("$ROOT"/etc/systemd/system/actions.runner.*.service)
OTHER_AGENTS=("${OTHER_AGENTS[@]##*/}")

LISTENER=$JOB_HOME/bin/Runner.Listener
# Version, URL and checksum of the runner to install, and the version that the image has.
RELEASE=$RUN_DIR/release

# Seconds of the boot that are kept for what follows the registration: the download, the boot script, the proofs. The
# launch hook has the same limit as the boot, and begins some seconds before it.
RESERVED=$((BOOT_TIMEOUT < 240 ? BOOT_TIMEOUT / 2 : 120))

# ask_registrar ACTION JSON
ask_registrar() {
  local CALL_URL CALL_PATH=$1
  rm -f "$STATE_DIR/headers"
  STATUS=000 ANSWER="the metadata of this instance has no tag $REGISTRAR_TAG"
  CALL_URL=$(imds "tags/instance/$REGISTRAR_TAG" || { open_imds && imds "tags/instance/$REGISTRAR_TAG"; }) || return
  CALL_URL=${CALL_URL%/}
  call_aws lambda --header 'Content-Type: application/json' --dump-header "$STATE_DIR/headers" --data "$2"
}

# Registering again is right while the group holds this machine: an answer may be lost after the registrar has
# registered it. The later config replaces the earlier one.
#
# GitHub registers some 180 machines a minute. The registrar says to each of the others when it is to come again, at a
# time of its own.
fetch_credential() {
  local architecture installed name version url checksum left after try=0 CALL_SECONDS=30
  case $(uname -m) in
    x86_64) architecture=x64 ;;
    aarch64) architecture=arm64 ;;
    *) die "the runner is not made for $(uname -m); allowed: x86_64, aarch64" ;;
  esac
  installed=$(installed_version)
  say "registering as a runner of $GITHUB_URL${installed:+; the image has the runner $installed}"
  until ask_registrar register "{\"architecture\":\"$architecture\"${installed:+,\"installed\":\"$installed\"}}"; do
    may_register_later "$try" || die "the registrar refuses this machine: $(refusal)"
    left=$((BOOT_TIMEOUT - RESERVED - ($(now) - $(<"$RUN_DIR/booting-since")) / 1000))
    ((left > 0)) ||
      die "the registrar gave no just-in-time config within $((BOOT_TIMEOUT - RESERVED)) s: $(explain)"
    say "this machine is not registered yet: $(explain)"
    after=$(sed --quiet 's/^retry-after: *\([1-9][0-9]\{0,4\}\)\r*$/\1/Ip' "$STATE_DIR/headers" 2>/dev/null) || :
    if [[ -n $after ]]; then
      sleep $((after < left ? after : left)).$((RANDOM % 10))
    else
      pause $((2 ** (try < 4 ? try : 4)))
    fi
    : $((try++))
  done
  read -r name version url checksum JIT_CONFIG < <(printf '%s' "$ANSWER" | python3 -ISc '
import json, sys
answer = json.load(sys.stdin)
runner = answer["runner"]
print(answer["name"], runner["version"], runner["url"], runner["sha256"], answer["jitConfig"])
' 2>/dev/null || :) || :
  ANSWER=''
  [[ $version =~ ^[0-9]+(\.[0-9]+)+$ && $url == http*://* && $checksum =~ ^[0-9a-f]{64}$ && $JIT_CONFIG =~ ^[A-Za-z0-9+/]+=*$ ]] ||
    die 'the registrar gave an answer without a just-in-time config, or without the release of a runner'
  say "registered as $name"
  printf '%s %s %s %s\n' "$version" "$url" "$checksum" "$installed" >"$RELEASE"
}

# may_register_later TRY: the function's URL itself says "Message"; that the role may not call it is temporary for
# some seconds after the role was made.
may_register_later() {
  may_work_later || { [[ $STATUS:$ANSWER == 403:*'"Message"'* ]] && (($1 < 6)); }
}

# The registrar's sentence.
refusal() {
  printf '%s' "$ANSWER" | python3 -ISc '
import json, sys
sys.stdout.write(" ".join(json.load(sys.stdin)["message"].split())[:400])
' 2>/dev/null || explain
}

# Prints nothing unless the image has a runner, and it runs.
installed_version() {
  local version
  [[ -x $ROOT$LISTENER ]] || return 0
  version=$(timeout 20 "$ROOT$LISTENER" --version 2>/dev/null) || return 0
  [[ ! $version =~ ^[0-9]+(\.[0-9]+)+$ ]] || printf '%s' "$version"
}

# GitHub gives no job to a runner that is too old, and a runner with a just-in-time config does not update itself.
install_agent() {
  local version url checksum installed archive=$STATE_DIR/runner.tar.gz
  until [[ -s $RELEASE ]]; do
    kill -0 $$ 2>/dev/null || exit
    sleep 0.2
  done
  read -r version url checksum installed <"$RELEASE"
  if [[ -n $installed ]] && printf '%s\n' "$version" "$installed" | sort --version-sort --check=silent; then
    say "the runner $installed of the image is used"
  else
    say "installing the runner $version${installed:+ in place of $installed}"
    retry 4 download_runner "$url" "$archive" || die "cannot download $url"
    printf '%s  %s\n' "$checksum" "$archive" | sha256sum --check --status ||
      die "the download $url does not have the checksum $checksum"
    rm -rf "$ROOT${JOB_HOME:?}/bin" "$ROOT${JOB_HOME:?}/externals"
    mkdir -p "$ROOT$JOB_HOME"
    tar --extract --gzip --no-same-owner --no-overwrite-dir --file "$archive" --directory "$ROOT$JOB_HOME"
    rm -f "$archive"
    [[ -x $ROOT$LISTENER ]] || die "the download $url holds no ${LISTENER#"$JOB_HOME/"}"
  fi
  # Left by a runner that the image's maker has configured.
  rm -f "$ROOT$JOB_HOME"/.{runner,credentials,credentials_rsaparams,service}
  chown --recursive --no-dereference root: "$ROOT$JOB_HOME/bin" "$ROOT$JOB_HOME/externals"
  chmod --recursive go-w "$ROOT$JOB_HOME/bin" "$ROOT$JOB_HOME/externals"
}

# download_runner URL FILE: releases on github.com redirect to another host.
download_runner() {
  curl --silent --show-error --fail --location --connect-timeout 10 --max-time 300 --output "$2" "$1"
}

write_agent_config() {
  local file=$ROOT$AGENT_CONFIG
  rm -rf "${file%/*}"
  (
    umask 077
    mkdir "${file%/*}"
    printf '%s' "$JIT_CONFIG" >"$file"
  )
  JIT_CONFIG=''
}

agent_command() {
  printf '%s' "$SELF run-agent"
}

# ExecStopPost: systemd runs it before the end of the machine.
agent_unit_settings() {
  cat <<EOF
User=root
KillMode=mixed
OOMPolicy=continue
OOMScoreAdjust=-500
ExecStopPost=$SELF job-ended
[Unit]
After=docker.service containerd.service
EOF
}

# GitHub cannot be asked about the config before the runner uses it. That the runner itself runs shows that the
# image has its libraries.
prove_agent() {
  local said
  said=$(HOME=/root timeout 60 "$ROOT$TASK_STARTER" --prove "$LISTENER" --version 2>&1) ||
    die "the runner does not run: $(json_text "${said:0:400}")"
}

# run_agent does this too.
idle_watch() {
  :
}
