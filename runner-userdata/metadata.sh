#!/usr/bin/env bash
# Jobs must not take the instance's role from the metadata service: it reads the runner token.

# `forward` is for containers; the hop limit of 1 stops their answers as well.
close_metadata() {
  nft --file - <<'EOF'
table inet runner_scaler
delete table inet runner_scaler
table inet runner_scaler {
  chain output {
    type filter hook output priority 0; policy accept;
    ip daddr 169.254.169.254 meta skuid != 0 reject
    ip6 daddr fd00:ec2::254 meta skuid != 0 reject
  }
  chain forward {
    type filter hook forward priority 0; policy accept;
    ip daddr 169.254.169.254 reject
    ip6 daddr fd00:ec2::254 reject
  }
}
EOF
}

# Any answer at all is a failure, and so is a test that could not be made: curl's 7 is a refused
# connection, 28 silence.
prove_metadata_closed() {
  local url status
  for url in "$IMDS_URL" "$IMDS_URL_IPV6"; do
    status=0
    runuser -u "$JOB_USER" -- curl --noproxy '*' --globoff --silent --output /dev/null \
      --max-time 3 "$url/latest/meta-data/" || status=$?
    ((status == 7 || status == 28)) ||
      die "the metadata address $url is not closed to $JOB_USER (curl ended with $status)"
  done
}
