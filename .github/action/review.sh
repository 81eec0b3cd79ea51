#!/usr/bin/env bash
# Reviews the plans and the migrations of a pull request: annotations of the changed
# files, a report in the summary of the run, and a comment that later runs update.
# The inputs are those of action.yml, in variables.
set -euo pipefail

most=60000 # characters of a comment, of the 65,536 that GitHub takes

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# install gets the release, unless pgverdict is there, and checks its SHA-256.
install() {
	if command -v pgverdict >/dev/null; then
		return
	fi
	if [[ ! $VERSION =~ ^v[0-9]+\.[0-9]+\.[0-9]+ ]]; then
		echo "::error::pgverdict: expected a release in the input version, such as v0.1.0, not '$VERSION'"
		exit 2
	fi
	local os arch name
	os=$(uname -s | tr '[:upper:]' '[:lower:]')
	arch=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
	name=pgverdict_${VERSION#v}_${os}_$arch
	local from=${RELEASES:-https://github.com/pgverdict/pgverdict/releases}/download/$VERSION
	curl --fail --silent --show-error --location --retry 3 --output "$dir/$name.tar.gz" "$from/$name.tar.gz"
	curl --fail --silent --show-error --location --retry 3 --output "$dir/SHA256SUMS" "$from/SHA256SUMS"
	(cd "$dir" && grep -F "  $name.tar.gz" SHA256SUMS | sha256sum --check --quiet -)
	tar -xzf "$dir/$name.tar.gz" -C "$dir"
	PATH=$dir/$name:$PATH
}

# review runs a command on paths, one per line: annotations, then the report and the
# verdict of the comment. The status of the action is the worst of all.
status=0
review() {
	local command=$1 title=$2 paths=() options=() rc=0
	mapfile -t paths < <(sed 's/^[[:space:]]*//; s/[[:space:]]*$//; /^$/d' <<<"$3")
	options=("${@:4}")
	if [ -n "$CONFIG" ]; then
		options+=(--config "$CONFIG")
	fi
	local run=(pgverdict "$command" "${options[@]}")
	"${run[@]}" --format github ${FAIL_ON:+--fail-on "$FAIL_ON"} -- "${paths[@]}" || rc=$?
	if [ "$rc" -gt "$status" ]; then
		status=$rc
	fi
	"${run[@]}" --format markdown -- "${paths[@]}" >>"$dir/report.md" 2>/dev/null || true
	echo >>"$dir/report.md"
	printf '%s: %s\n' "$title" "$("${run[@]}" --format markdown --quiet -- "${paths[@]}" 2>/dev/null)" >>"$dir/verdict.md" || true
}

# api sends a request to GitHub: the method, the path, and the body if there is one.
api() {
	curl --fail-with-body --silent --show-error --request "$1" \
		--header "Authorization: Bearer $TOKEN" --header "Accept: application/vnd.github+json" --header "X-GitHub-Api-Version: 2022-11-28" \
		${3:+--data-binary "@$3"} "${GITHUB_API_URL:-https://api.github.com}/repos/$GITHUB_REPOSITORY/$2"
}

# comment writes the comment, or updates the one that an earlier run wrote.
comment() {
	local marker="<!-- pgverdict $ID -->" page=1 found="" list
	{
		echo "$marker"
		cat "$dir/report.md"
	} >"$dir/comment.md"
	if [ "$(wc -m <"$dir/comment.md")" -gt "$most" ]; then
		{
			echo "$marker"
			cat "$dir/verdict.md"
			echo
			echo "The reports are longer than a comment can be: [see the summary of the run]($GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID)."
		} >"$dir/comment.md"
	fi
	jq --null-input --rawfile body "$dir/comment.md" '{body: $body}' >"$dir/comment.json"
	while [ -z "$found" ]; do
		list=$(api GET "issues/$PULL_REQUEST/comments?per_page=100&page=$page") || return
		found=$(jq --raw-output --arg marker "$marker" 'map(select(.body | startswith($marker))) | first | .id // empty' <<<"$list")
		if [ "$(jq length <<<"$list")" -lt 100 ]; then
			break
		fi
		page=$((page + 1))
	done
	if [ -n "$found" ]; then
		api PATCH "issues/comments/$found" "$dir/comment.json"
	else
		api POST "issues/$PULL_REQUEST/comments" "$dir/comment.json"
	fi >/dev/null
}

if [ -z "$PLANS$MIGRATIONS" ]; then
	echo "::error::pgverdict: expected files or folders in the input plans or migrations"
	exit 2
fi
install
: >"$dir/report.md"
if [ -n "$MIGRATIONS" ]; then
	since=()
	if [ -n "$BASE" ]; then
		if ! git cat-file -e "$BASE^{commit}" 2>/dev/null; then
			git fetch --quiet --no-tags --depth=1 origin "$BASE"
		fi
		since=(--since "$BASE")
	fi
	review migration Migrations "$MIGRATIONS" "${since[@]}"
fi
if [ -n "$PLANS" ]; then
	review review Plans "$PLANS"
fi
cat "$dir/report.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
if [ "$COMMENT" = true ] && [ -n "$PULL_REQUEST" ]; then
	# The token of a pull request from a fork may not write.
	comment || echo "::warning::pgverdict: the comment could not be written. The job needs the permission pull-requests: write, which forks do not have."
fi
exit "$status"
