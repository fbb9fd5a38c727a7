#!/usr/bin/env bash
# Jobs must not take the instance's role from the metadata service: it reads the runner token.

# `forward` is for containers; the hop limit of 1 stops their answers as well. A connection is reset
# rather than reported unreachable, which Linux ignores for IPv6: the caller would wait.
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
