#!/bin/bash
# Builds the embedded tables from published lists: build.sh FOLDER, which holds the four lists named below.
# Run it from the top of the repository. Rows that fail a check are printed and left out; aws_services.csv and
# free.csv are kept by hand.
set -euo pipefail
lists=$1 data=src/pricing/data
engine() { cargo run -q --locked --bin cloud-engine -- prices refresh --print csv "$@"; }
join() { # join FILE...: one header, all rows sorted
  head -1 "$1"
  for table; do tail -n +2 "$table"; done | LC_ALL=C sort
}
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
gcp='Cyclenerd/google-cloud-pricing-cost-calculator'
engine --from "$lists/gcp_compute.csv.gz" --source "$gcp" --as-of 2026-07-30 >"$new/gcp_compute"
engine --from "$lists/gcp_other.csv.gz" --source "$gcp" --as-of 2026-07-30 >"$new/gcp_other"
engine --from "$lists/aws_compute.csv.gz" --source aws/karpenter-provider-aws --as-of 2026-07-20 >"$new/aws_compute"
engine --from "$lists/azure_compute.csv.gz" --source Azure/karpenter-provider-azure --as-of 2026-06-18 >"$new/azure"
join "$new/gcp_compute" "$new/gcp_other" >"$data/gcp.csv"
join "$new/aws_compute" "$data/aws_services.csv" >"$data/aws.csv"
join "$new/azure" >"$data/azure.csv"
