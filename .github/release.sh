#!/usr/bin/env bash
# Makes the files of a release from a checked out tag: the archive of the sources, the SBOM of
# everything in package-lock.json (CycloneDX), and the tag's section of CHANGELOG.md as notes.
# Installs nothing and runs no code of a dependency.
set -euo pipefail

die() {
  printf '%s\n' "$1" >&2
  exit 1
}

(($# == 2)) || die 'usage: .github/release.sh v1.2.3 DIRECTORY'
tag=$1 out=$2

[[ $tag =~ ^v([0-9]+\.[0-9]+\.[0-9]+)$ ]] ||
  die "the tag is $tag; allowed: v and three numbers, such as v1.2.3"
version=${BASH_REMATCH[1]}

tagged=$(git rev-parse --verify --quiet "refs/tags/$tag^{commit}") ||
  die "there is no tag $tag; make it: git tag --annotate $tag"
[[ $tagged == "$(git rev-parse HEAD)" ]] ||
  die "the tag $tag is not what is checked out; run: git checkout $tag"
git diff --quiet HEAD || die 'files differ from the tag; commit or discard the changes'

declared=$(node -p 'JSON.parse(require("node:fs").readFileSync("package.json", "utf8")).version')
[[ $declared == "$version" ]] ||
  die "package.json says version $declared, the tag $version; run: npm version $version --no-git-tag-version"

notes=$(awk -v heading="## [$version]" '
  index($0, heading) == 1 { inside = 1; next }
  inside && (/^## / || /^\[[^]]+\]: /) { exit }
  inside
' CHANGELOG.md)
[[ $notes == *[![:space:]]* ]] ||
  die "CHANGELOG.md has nothing under \"## [$version]\"; say there what is new"

mkdir -p "$out"
printf '%s\n' "$notes" >"$out/notes.md"
git archive --format=tar.gz --prefix="runner-scaler-$version/" \
  --output="$out/runner-scaler-$version.tar.gz" HEAD
npm sbom --package-lock-only --sbom-format cyclonedx >"$out/sbom.cdx.json"
