#!/usr/bin/env bash
# The release of an agent: whether the image has it, and its download.

# holds_version PATH: whether the image has the agent in the wanted version.
holds_version() {
  local answer pattern="(^|[^0-9.])${AGENT_VERSION//./\\.}([^0-9.]|$)"
  [[ -x $ROOT$1 ]] || return
  answer=$(timeout 10 "$ROOT$1" --version 2>&1) || return
  [[ $answer =~ $pattern ]] && say "the image holds the agent $AGENT_VERSION as $1"
}

# download NAME FILE
download() {
  curl --silent --show-error --fail --connect-timeout 10 --max-time 180 \
    --output "$2" "$RELEASES_URL/$1"
}
