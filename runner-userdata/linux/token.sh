#!/usr/bin/env bash
# The token of an agent whose source gives out a bare one, kept in Secrets Manager. Leaves it in TOKEN.

fetch_token() {
  local fill
  TOKEN_SECRET=${TOKEN_SECRET:-$TOKEN_SECRET_PREFIX$ROLE}
  fill="fill it with: aws secretsmanager put-secret-value --secret-id $TOKEN_SECRET --secret-string TOKEN"
  say "reading the secret $TOKEN_SECRET"
  retry 7 get_token_secret || die "cannot read the secret $TOKEN_SECRET: $(explain)"
  TOKEN=$(printf '%s' "$ANSWER" | python3 -ISc '
import json, sys
sys.stdout.write(json.load(sys.stdin).get("SecretString") or "")
')
  ANSWER=''
  case $TOKEN in
    '') die "the secret $TOKEN_SECRET is empty; $fill" ;;
    "$TOKEN_PLACEHOLDER") die "the secret $TOKEN_SECRET still holds its placeholder; $fill" ;;
    '{'* | '['* | '"'*) die "the secret $TOKEN_SECRET holds JSON; allowed: the bare runner token; $fill" ;;
    *[[:space:][:cntrl:]]*) die "the secret $TOKEN_SECRET holds white space; allowed: the bare runner token; $fill" ;;
  esac
}

# Also retried when access is denied: the policy of a new role takes some seconds to take effect.
get_token_secret() {
  call_aws secretsmanager --header 'Content-Type: application/x-amz-json-1.1' \
    --header 'X-Amz-Target: secretsmanager.GetSecretValue' --data "{\"SecretId\":\"$TOKEN_SECRET\"}"
}
