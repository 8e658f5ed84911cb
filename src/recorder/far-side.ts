/**
 * What runs in the debug container. Plain POSIX shell with tcpdump, tar, sha256sum and od; all
 * arguments are argv, none is put into the script.
 *
 * A recorder is the folder /dev/netdebug/NAME:
 *     meta       the order, JSON
 *     log        what tcpdump says
 *     pid        its process
 *     why        ttl | trigger | stopped, written before it is told to end
 *     hit        when the trigger fired, seconds since 1970
 *     state      "ended EXIT-STATUS SECONDS" when it has ended
 *     ring/      the files of the ring
 * /dev is the container's own memory file system (64 MiB in every OCI runtime): no other container of
 * the pod sees it, nothing of it touches the node's disk, and it goes with the container.
 */
export const recorderFolder = '/dev/netdebug';

/** What a container offers: lines "type FSTYPE", "free KIB" and "missing PROGRAM". */
export const probeScript: string = `while read -r dev at type rest; do [ "$at" = /dev ] && echo "type $type"; done < /proc/mounts
set -- $(df -Pk /dev | tail -n 1); echo "free $4"
for p in tcpdump tar sha256sum od; do command -v $p >/dev/null 2>&1 || echo "missing $p"; done
exit 0`;

/**
 * Starts a recorder that outlives this shell, and waits until tcpdump listens. Arguments: folder, order as
 * JSON, seconds to live, seconds after the trigger, trigger's mode ("", first, repeat), its interface, its
 * expression, argv of tcpdump. Exit status 73: there is a recorder of this name; 74: tcpdump did not start.
 *
 * The guard of the deadline and the watch for the trigger are processes of their own, ended by the
 * supervisor. None may hold a stream of the exec session, or that would stay open for it: hence the
 * subshell, for a function that is called with redirections keeps copies of what it redirects. A repeated
 * packet is found by its line: the numbers that tcpdump prints in it name the attempt.
 */
export const startScript: string = `umask 077
d=$1 meta=$2 ttl=$3 after=$4 mode=$5 nic=$6 expr=$7; shift 7
mkdir -p "\${d%/*}" && mkdir "$d" 2>/dev/null || exit 73
mkdir "$d/ring"; printf '%s' "$meta" > "$d/meta"
guard() {
  sleep "$ttl" & z=$!; trap 'kill $z; exit' TERM; wait $z
  [ -e "$d/why" ] || echo ttl > "$d/why"
  kill -TERM $t; sleep 10 & z=$!; wait $z; kill -KILL $t
}
fire() {
  date +%s > "$d/hit"; sleep "$after" & z=$!; wait $z
  [ -e "$d/why" ] || echo trigger > "$d/why"
  kill -TERM $t
}
watch() {
  trap 'kill $z; exit' TERM
  if [ "$mode" = first ]; then
    tcpdump -n -i "$nic" -s 256 -c 1 -w "$d/hit.pcap" -- "$expr" & z=$!; wait $z && [ -s "$d/hit.pcap" ] && fire
    return
  fi
  mkfifo "$d/lines"; tcpdump -n -l -t -i "$nic" -s 256 -- "$expr" > "$d/lines" & z=$!
  new=; old=; n=0
  while read -r line; do
    key=" \${line%% win *} "
    case "$old$new" in *"$key"*) kill $z; fire; return;; esac
    new="$new$key|"; n=$((n+1))
    [ $n -ge 64 ] && { old=$new; new=; n=0; }
  done < "$d/lines"
}
supervise() {
  trap '' HUP
  "$@" 2> "$d/log" & t=$!
  echo $t > "$d/pid"
  guard & g=$!
  w=; [ -n "$mode" ] && { watch & w=$!; }
  wait $t; s=$?
  kill $g $w
  echo "ended $s $(date +%s)" > "$d/state"
}
( supervise "$@" ) </dev/null >/dev/null 2>&1 &
i=0
while [ $i -lt 120 ]; do
  if [ -e "$d/log" ] && grep -q 'listening on' "$d/log"; then grep 'listening on' "$d/log"; exit 0; fi
  if [ -e "$d/state" ]; then cat "$d/log" >&2; rm -rf "$d"; exit 74; fi
  sleep 0.1; i=$((i+1))
done
[ -e "$d/pid" ] && kill -KILL "$(cat "$d/pid")"
echo 'tcpdump did not say that it listens' >&2; rm -rf "$d"; exit 74`;

/**
 * Describes every recorder below a folder in lines; tcpdump is asked for its counters by USR1 first. A
 * tcpdump that was killed from outside is told from one that runs by its pid.
 */
export const lookScript: string = `cd "$1" 2>/dev/null || exit 0
for d in *; do [ -f "$d/meta" ] && [ -f "$d/pid" ] && [ ! -e "$d/state" ] && kill -USR1 "$(cat "$d/pid")" 2>/dev/null; done
sleep 0.2
for d in *; do
  [ -f "$d/meta" ] || continue
  echo "recorder $d"
  echo "meta $(head -c 16384 "$d/meta")"
  for f in why hit state; do [ -f "$d/$f" ] && echo "$f $(head -n 1 "$d/$f")"; done
  [ -e "$d/state" ] || kill -0 "$(cat "$d/pid")" 2>/dev/null || echo "state lost"
  tail -n 8 "$d/log" | while read -r line; do printf "log %s\\n" "$line"; done
  for f in "$d"/ring/*; do
    [ -f "$f" ] && echo "file \${f##*/} $(wc -c < "$f") $(od -An -v -tx1 -N40 "$f" | tr -d ' \\n')"
  done
done
exit 0`;

/** Ends a recorder's tcpdump and waits until it has; its ring stays. Argument: folder. */
export const stopScript: string = `d=$1; [ -f "$d/pid" ] || exit 73
[ -e "$d/state" ] && exit 0
[ -e "$d/why" ] || echo stopped > "$d/why"
p=$(cat "$d/pid"); kill -TERM "$p" 2>/dev/null
i=0
while [ $i -lt 100 ]; do
  [ -e "$d/state" ] && exit 0
  kill -0 "$p" 2>/dev/null || [ $i -lt 10 ] || exit 0
  [ $i -eq 50 ] && kill -KILL "$p"
  sleep 0.1; i=$((i+1))
done
exit 74`;

/**
 * Removes a recorder that has ended, and ends the container if nothing else uses it: another recorder or
 * another tcpdump. Process 1 is ended only if it is ours: with a shared process namespace it is not.
 */
export const discardScript: string = `d=$1; rm -rf "$d"
for other in "\${d%/*}"/*; do [ -e "$other" ] && exit 0; done
for c in /proc/[0-9]*/comm; do read -r n < "$c" && [ "$n" = tcpdump ] && exit 0; done
tr '\\0' ' ' < /proc/1/cmdline | grep -q '^sh -c trap "exit 0" TERM; sleep ' && kill -TERM 1
exit 0`;

/** Sizes and SHA-256 of files of a ring, one "sum NAME BYTES SHA256" each. Arguments: folder, names. */
export const sumScript: string = `cd "$1/ring" || exit 73; shift
for f; do n=$(wc -c < "$f"); echo "sum $f" $n "$(head -c $n "$f" | sha256sum | cut -c 1-64)"; done`;

/** A tar stream of files of a ring on standard output. Arguments: folder, names. */
export const tarScript: string = `cd "$1/ring" || exit 73; shift; exec tar -cf - -- "$@"`;

/** argv of one of these scripts. */
export function farSide(script: string, ...args: readonly string[]): string[] {
  return ['sh', '-c', script, 'sh', ...args];
}
