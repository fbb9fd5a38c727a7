#!/usr/bin/env bash
# Jobs must not get the instance's role from the metadata service: with it they could read the runner token.

# `forward` is for containers, whose answers the hop limit of 1 stops as well. Connections are reset, because Linux
# ignores "unreachable" for IPv6, and the caller would wait.
close_metadata() {
  nft --file - <<'EOF'
table inet runner_scaler
delete table inet runner_scaler
table inet runner_scaler {
  chain refuse {
    meta l4proto tcp reject with tcp reset
    reject
  }
  chain output {
    type filter hook output priority 0; policy accept;
    ip daddr 169.254.169.254 meta skuid != 0 jump refuse
    ip6 daddr fd00:ec2::254 meta skuid != 0 jump refuse
  }
  chain forward {
    type filter hook forward priority 0; policy accept;
    ip daddr 169.254.169.254 jump refuse
    ip6 daddr fd00:ec2::254 jump refuse
  }
}
EOF
}
